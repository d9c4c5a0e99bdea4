/** What a runner says of itself at its end. */

export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** Lines of its output that are worth keeping, in short. */
  readonly facts: readonly string[];
}

/** `12 passed, 0 failed` of `npm test`, `62 caught, 0 survived` of `npm run mutants`. */
const COUNTS = /^(\d+) (?:passed|caught), (\d+) (?:failed|survived)$/gm;

/**
 * The counts in its last words; a runner without counts counts as one, by its exit code. One that ended badly has a failure, whatever
 * it counted. `keep`: what of its output is worth keeping, by the first group of each.
 */
export function outcomeOf(output: string, exitCode: number, keep: readonly RegExp[] = []): Outcome {
  const facts = keep.flatMap((pattern) => output.match(pattern)?.[1]?.replace(/\s+/g, ' ').trim() ?? []);
  const counts = [...output.matchAll(COUNTS)].at(-1);
  if (!counts) return { passed: exitCode === 0 ? 1 : 0, failed: exitCode === 0 ? 0 : 1, facts };
  const [passed, failed] = [Number(counts[1]), Number(counts[2])];
  return { passed, failed: exitCode === 0 ? failed : Math.max(1, failed), facts };
}
