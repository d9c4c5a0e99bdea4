/** Faults of several deals at the same time: each story strikes and lifts its own, whatever the others do. */
import type { Fault, SandboxView } from '../servers/sandboxes';

export interface FaultBoard {
  /** The fault stands until the returned function lifts it. None that counts its `times`: every change starts those anew. */
  strike(fault: Omit<Fault, 'times'>): Promise<() => Promise<void>>;
}

export function faultBoard(sandbox: SandboxView): FaultBoard {
  const standing = new Set<Fault>();
  let published = Promise.resolve();
  const publish = () => {
    published = published.then(() => sandbox.setFaults(...standing));
    return published;
  };
  return {
    async strike(fault) {
      standing.add(fault);
      await publish();
      return () => {
        standing.delete(fault);
        return publish();
      };
    },
  };
}
