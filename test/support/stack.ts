/** The servers that one test run shares: where they are, as the set-up tells the test files. */
const VARIABLE = 'PLIC_TEST_STACK';

export interface TestStack {
  /** The server's own database, from which test databases are created and dropped. */
  readonly postgresUrl: string;
  /** The name of the migrated database that test databases are cloned from. */
  readonly template: string;
  readonly redisUrl: string;
  readonly temporalAddress: string;
  readonly namespace: string;
  /** The workflow code, bundled once. */
  readonly bundlePath: string;
  /** A folder of this run, removed at its end. */
  readonly dir: string;
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
