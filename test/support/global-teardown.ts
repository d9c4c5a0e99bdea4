/** Ends what the set-up started, and only that, then removes its folder. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';

interface Started {
  readonly dir: string;
  /** Ends the servers when its input closes, which the end of this process does too. */
  readonly guard: ChildProcess;
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
  const ended = once(started.guard, 'exit');
  started.guard.stdin?.end();
  await ended;
  rmSync(started.dir, { recursive: true, force: true });
}
