/** Tests run on real parts (test/servers/global-setup.ts starts them once); TypeScript goes through swc, types are tsc's business. */
const swc = [
  '@swc/jest',
  { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
];

module.exports = {
  rootDir: __dirname,
  roots: ['<rootDir>/test'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testEnvironment: '<rootDir>/test/servers/one-realm.cjs',
  runtime: '<rootDir>/test/servers/packages-once.cjs',
  testTimeout: 360_000, // several waits (fixtures/poll.ts) of a machine that is busy with others: only a test that fails needs it
  maxWorkers: 4, // on two cores: there is always a test that waits for a clock
  workerIdleMemoryLimit: '600MB', // what the files before have left behind slows down those after them
  moduleFileExtensions: ['ts', 'js', 'cjs', 'mjs', 'json', 'node'],
  transform: { '^.+\\.ts$': swc },
  globalSetup: '<rootDir>/test/servers/global-setup.ts',
  globalTeardown: '<rootDir>/test/servers/global-teardown.ts',
};
