/** A part of the bench in a process of its own, so that its memory is only its own; it answers over IPC. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** Starts `file` with its order as the one argument; the caller ends it. */
export function child(children: ChildProcess[], file: string, order: object): ChildProcess {
  const started = fork(file, [JSON.stringify(order)], { execArgv: ['--import', 'tsx', '--expose-gc'] });
  children.push(started);
  return started;
}

/** What it sends first. Throws when it ends before. */
export async function answerOf<T>(of: ChildProcess): Promise<T> {
  const ended = once(of, 'exit').then(([code]) => {
    throw new Error(`a process of the bench ended with ${code}`);
  });
  ended.catch(() => undefined);
  const [answer] = await Promise.race([once(of, 'message'), ended]);
  return answer as T;
}

/** Of this process, in bytes: before the work, and at its highest during it. */
export interface Memory {
  readonly rssBefore: number;
  readonly rssPeak: number;
}

const SAMPLE_MS = 10;

/** Does the work in such a process, after what it left before is collected; answers with what came of it, and the memory. */
export async function withMemory<T>(work: () => Promise<T>): Promise<[T, Memory]> {
  global.gc?.();
  await delay(200);
  const rssBefore = process.memoryUsage.rss();
  let rssPeak = rssBefore;
  const watch = setInterval(() => {
    rssPeak = Math.max(rssPeak, process.memoryUsage.rss());
  }, SAMPLE_MS);
  const done = await work();
  clearInterval(watch);
  return [done, { rssBefore, rssPeak }];
}
