/** Ends what the set-up started, and only that, then removes its folder. */
import { rmSync } from 'node:fs';

interface Started {
  readonly dir: string;
  /** Ends the servers; absent when they are somebody else's. */
  readonly stop?: () => Promise<void>;
}

const SLOT = Symbol.for('plic.test.started');
const slots = globalThis as unknown as Record<symbol, Started | undefined>;

/** Jest loads the set-up and the teardown as separate modules: what one keeps for the other is global. */
export function keepForTeardown(started: Started): void {
  slots[SLOT] = started;
}

// Jest asks for a default export here.
// biome-ignore lint/style/noDefaultExport: see above
export default async function tearDown(): Promise<void> {
  const started = slots[SLOT];
  if (!started) return;
  await started.stop?.();
  rmSync(started.dir, { recursive: true, force: true });
}
