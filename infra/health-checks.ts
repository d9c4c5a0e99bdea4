/**
 * Checks of what a process stands on, each with a limit of its
 * own: a dependency that hangs is one that does not answer.
 */

const LIMIT_MS = 2_000;

export type Checks = Readonly<Record<string, () => Promise<unknown>>>;

interface CheckResult {
  readonly ok: boolean;
  readonly ms: number;
  /** For operators only: it may name addresses. */
  readonly why?: string;
}

/** Runs all checks at once; none takes longer than 2 s. */
export async function runChecks(checks: Checks): Promise<Record<string, CheckResult>> {
  const results = Object.entries(checks).map(async ([name, run]) => {
    const startedAt = performance.now();
    const why = await complaintOf(run);
    const ms = Math.floor(performance.now() - startedAt);
    return [name, why === null ? { ok: true, ms } : { ok: false, ms, why }] as const;
  });
  return Object.fromEntries(await Promise.all(results));
}

/** The deadline for calls that repeat themselves until they are told to stop, epoch ms. */
export const checkDeadline = (): number => Date.now() + LIMIT_MS;

async function complaintOf(run: () => Promise<unknown>): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, LIMIT_MS, `no answer within ${LIMIT_MS} ms`);
  });
  const answered = run().then(
    () => null,
    (error: Error) => error.message || error.name,
  );
  return Promise.race([answered, late]).finally(() => clearTimeout(timer));
}
