import { setTimeout as delay } from 'node:timers/promises';

const STEP_MS = 25;

export interface PollOptions {
  /** Default 15 s. */
  readonly deadlineMs?: number;
  /** What was waited for; it is in the error. */
  readonly what: string;
}

/** Reads until the answer is good and returns it. Throws at the deadline, naming what was waited for and what was seen last. */
export async function poll<T>(
  read: () => Promise<T>,
  isGood: (seen: T) => boolean,
  { what, deadlineMs = 15_000 }: PollOptions,
): Promise<T> {
  for (const deadline = Date.now() + deadlineMs; ; await delay(STEP_MS)) {
    const seen = await read();
    if (isGood(seen)) return seen;
    if (Date.now() > deadline)
      throw new Error(`${what}: not within ${deadlineMs} ms; last seen: ${JSON.stringify(seen)}`);
  }
}
