/**
 * Traces, by OpenTelemetry. A trace begins where a client calls, and its ids travel in the headers of the call to the
 * run and on to each activity. They always do, so that histories are made the same way everywhere; spans are recorded
 * only where somebody collects them.
 */

import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { Resource } from '@opentelemetry/resources';
import { AlwaysOffSampler, BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { OpenTelemetryWorkflowClientInterceptor } from '@temporalio/interceptors-opentelemetry/lib/client';
import {
  OpenTelemetryActivityInboundInterceptor,
  OpenTelemetryActivityOutboundInterceptor,
} from '@temporalio/interceptors-opentelemetry/lib/worker';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';

let provider: NodeTracerProvider | undefined;

const silent = (): NodeTracerProvider => new NodeTracerProvider({ sampler: new AlwaysOffSampler() });

/**
 * Before the first client or worker of a process. `endpoint`: of an OTLP collector, by HTTP; null: nobody collects.
 * The returned function sends what is left and never throws.
 */
export function startTracing(service: string, endpoint: string | null): () => Promise<void> {
  if (provider) throw new Error('traces have begun already');
  const exporter =
    endpoint === null ? null : new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` });
  const started = exporter
    ? new NodeTracerProvider({
        resource: new Resource({ 'service.name': service }),
        spanProcessors: [new BatchSpanProcessor(exporter)],
      })
    : silent();
  register(started);
  return () => started.shutdown().catch(() => undefined);
}

function register(made: NodeTracerProvider): void {
  provider = made;
  made.register();
}

/** Of a client: its calls begin traces, or go on with the one around them. */
export function traceCalls(): OpenTelemetryWorkflowClientInterceptor {
  if (!provider) register(silent());
  return new OpenTelemetryWorkflowClientInterceptor();
}

/** Of a worker: what an activity does belongs to the trace that its run was given. */
export const traceActivities: ActivityInterceptorsFactory = (context) => ({
  inbound: new OpenTelemetryActivityInboundInterceptor(context),
  outbound: new OpenTelemetryActivityOutboundInterceptor(context),
});
