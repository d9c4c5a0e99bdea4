/**
 * How a process is configured: by the environment alone, checked once at its start. Each process names the parts that
 * it needs (api.ts, worker.ts …); what another process needs may be missing from its environment, and should be.
 */
import { z } from 'zod';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Bad or missing variables, all of them in one message; never a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** One setting of a process. */
interface Part<T> {
  /** Every variable that it is read from. */
  readonly variables: readonly string[];
  /** Those without which the process cannot start. */
  readonly needed: readonly string[];
  read(env: Environment): { readonly value: T } | { readonly problems: readonly string[] };
}

/**
 * A setting that is read from these variables. `mistake`: what is wrong with variables that are right one by one, in
 * words that begin with the name of one.
 */
export function part<S extends Readonly<Record<string, z.ZodType>>, T>(
  shape: S,
  of: (given: z.output<z.ZodObject<S>>) => T,
  mistake: (given: z.output<z.ZodObject<S>>) => string | null = () => null,
): Part<T> {
  const schema = z.object(shape);
  const variables = Object.keys(shape);
  return {
    variables,
    needed: variables.filter((name) => shape[name]?.safeParse(undefined).success === false),
    read(env) {
      const parsed = schema.safeParse(env);
      if (!parsed.success) return { problems: parsed.error.issues.map(describe) };
      const wrong = mistake(parsed.data);
      return wrong === null ? { value: of(parsed.data) } : { problems: [wrong] };
    },
  };
}

function describe(issue: z.core.$ZodIssue): string {
  const missing = issue.code === 'invalid_type' && issue.message.includes('undefined');
  return `${issue.path.join('.')}: ${missing ? 'missing' : issue.message}`;
}

export type Parts = Readonly<Record<string, Part<unknown>>>;
export type ConfigOf<P extends Parts> = { readonly [K in keyof P]: P[K] extends Part<infer T> ? T : never };

/** Every setting of the process. Throws one ConfigError that names every variable that is missing or wrong. */
export function load<P extends Parts>(parts: P, env: Environment): ConfigOf<P> {
  const read = Object.entries(parts).map(([name, { read }]) => ({ name, ...read(env) }));
  const problems = new Set(read.flatMap((one) => ('problems' in one ? one.problems : [])));
  if (problems.size === 0)
    return Object.fromEntries(read.map((one) => [one.name, 'value' in one ? one.value : undefined])) as ConfigOf<P>;
  throw new ConfigError(
    `the environment is not complete:\n${[...problems].map((problem) => `  - ${problem}`).join('\n')}\n` +
      'Set these variables (docs/configuration.md), or use `npm start`, which brings its own.',
  );
}
