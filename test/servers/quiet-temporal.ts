/** Temporal's part of a test process says errors alone: activities that fail on purpose are no news, and runs that are ended under their worker neither. */
import { DefaultLogger, IllegalStateError, makeTelemetryFilterString, Runtime } from '@temporalio/worker';

/** To be called before anything of Temporal is opened; what another test file of this process has called for stays. */
export function quietTemporal(): void {
  try {
    Runtime.install({
      logger: new DefaultLogger('ERROR'),
      telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
      shutdownSignals: [], // jest's worker ends as jest says
    });
  } catch (error) {
    if (!(error instanceof IllegalStateError)) throw error;
  }
}
