/**
 * Tests that kill a process at every line where it matters, or watch one for long: part of the night (test/nightly), and of `npm test`
 * only when they are named. Each change has its chaos (.ci/run), which dies at the same lines.
 */
export const DRILLS: readonly string[] = [
  'test/stories/failpoints.test.ts',
  'test/stories/failpoints-api.test.ts',
  'test/stories/memory.test.ts',
];
