/** Faults of several deals at the same time: each story strikes and lifts its own, whatever the others do. */
import type { Fault, SandboxView } from '../servers/sandboxes';

/** The delay, ms, of what does not happen by itself while a test runs: only when the test hurries it. */
export const WHEN_HURRIED = 600_000;

export interface FaultBoard {
  /**
   * The fault stands until the returned function lifts it, and strikes `next` in the same moment. None that counts its `times`: every
   * change starts those anew.
   */
  strike(fault: Omit<Fault, 'times'>): Promise<(next?: Omit<Fault, 'times'>) => Promise<void>>;
  /** What the provider does later to this orderId or reference, answers on a slow line too, it does now. */
  hurry(about: string): void;
}

export function faultBoard(sandbox: SandboxView): FaultBoard {
  const standing = new Set<Fault>();
  let published = Promise.resolve();
  const publish = () => {
    published = published.then(() => sandbox.setFaults(...standing));
    return published;
  };
  return {
    hurry: sandbox.hurry,
    async strike(fault) {
      standing.add(fault);
      await publish();
      return (next) => {
        standing.delete(fault);
        if (next) standing.add(next);
        return publish();
      };
    },
  };
}
