/** What the files of one test run share, as the set-up tells them. */
import type { ReadyMade } from './ready-made';
import type { Servers } from './servers';

const VARIABLE = 'PLIC_TEST_STACK';

export interface TestStack extends Servers, ReadyMade {
  /** A folder of this run, removed at its end. */
  readonly dir: string;
  /** Where the compiled programs are. */
  readonly programs: string;
}

/** Called once, by the set-up; jest's workers inherit the environment. */
export function publishStack(stack: TestStack): void {
  process.env[VARIABLE] = JSON.stringify(stack);
}

/** The servers of this run. Throws outside of one. */
export function testStack(): TestStack {
  const text = process.env[VARIABLE];
  if (text === undefined) throw new Error('no test servers: run the tests with "npm test"');
  return JSON.parse(text) as TestStack;
}
