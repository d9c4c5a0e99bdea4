import { z } from 'zod';

/** The names of spec §13, and those of the other readings. Which sandbox heeds which one: README.md. */
export const FAULTS = [
  'timeout-before',
  'timeout-after',
  'drop-after-commit',
  'error-500',
  'rate-limit',
  'garbage',
  'slow',
  'wrong-amount',
  'key-expired',
  'decline',
  'unknown-card',
  'judged-anew',
  'bank-closed',
  'bank-busy',
  'gate-first',
  'not-found',
  'processing',
  'other-name',
  'late-success',
  'late-return',
  'lands-late',
  'list-shrinks',
  'webhook-duplicate',
  'webhook-reordered',
  'webhook-late',
  'webhook-missing',
  'webhook-forged',
] as const;
type FaultName = (typeof FAULTS)[number];

const rule = z.strictObject({
  fault: z.enum(FAULTS),
  match: z
    .strictObject({
      path: z.string().min(1),
      orderId: z.string().min(1),
      reference: z.string().min(1),
      last4: z.string().regex(/^\d{4}$/),
    })
    .partial()
    .optional(),
  times: z.int().positive().optional(),
  probability: z.number().min(0).max(1).optional(),
  delayMs: z.int().min(0).max(3_600_000).optional(),
});

/** The body of `PUT /_sandbox/faults`; a bare array is taken as `{faults: [...]}`. */
export const faultsBody = z.union([
  z.strictObject({ seed: z.int().optional(), faults: z.array(rule) }),
  z.array(rule).transform((faults) => ({ seed: undefined, faults })),
]);
type FaultRule = z.infer<typeof rule>;

/** What a rule can be matched on. `path` is the request's path; a webhook is matched on its own URL's path. */
export type Facts = {
  method: string;
  path: string;
  orderId?: string | undefined;
  reference?: string | undefined;
  last4?: string | undefined;
};

export type Faults = {
  /** Finds the first active rule of that name that matches; uses up one of its `times`. */
  take(name: FaultName, facts: Facts): FaultRule | undefined;
  /** Replaces all rules and restarts the generator behind `probability` (seed 1 unless given). */
  replace(rules: FaultRule[], seed?: number): void;
  /** Active rules, with the `times` that are left. */
  list(): FaultRule[];
};

export function createFaults(): Faults {
  let active: FaultRule[] = [];
  let random = seededRandom(1);
  return {
    take(name, facts) {
      const found = active.find(
        (candidate) =>
          candidate.fault === name &&
          matches(candidate.match ?? {}, facts) &&
          (candidate.probability === undefined || random() < candidate.probability),
      );
      if (found?.times === undefined) return found;
      found.times -= 1;
      active = active.filter(({ times }) => times !== 0);
      return found;
    },
    replace(rules, seed = 1) {
      active = structuredClone(rules);
      random = seededRandom(seed);
    },
    list: () => structuredClone(active),
  };
}

/** Card registration is left alone by rules that do not name its path: it is the way to a test, not its subject. */
function matches({ path, ...exact }: NonNullable<FaultRule['match']>, facts: Facts): boolean {
  if (path === undefined && facts.path.startsWith('/sdk/')) return false;
  if (path !== undefined && !`${facts.method} ${facts.path}`.includes(path)) return false;
  return Object.entries(exact).every(([name, value]) => value === undefined || facts[name as keyof Facts] === value);
}

/** mulberry32: the same seed gives the same faults, so a failing run can be run again. */
function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
