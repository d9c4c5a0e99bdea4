/**
 * Cards and accounts whose provider misbehaves: one for every fault of the sandboxes but key-expired, which makes the PG itself charge
 * twice, and those that a story needs to itself. Rules go by the last four digits, stand for the whole run, and most strike half of the calls, so that asking again ends it.
 */

export interface FaultRule {
  readonly fault: string;
  readonly match?: { readonly last4?: string; readonly path?: string };
  readonly probability?: number;
  readonly delayMs?: number;
}

const LINE_FAULTS = [
  'timeout-before',
  'timeout-after',
  'drop-after-commit',
  'error-500',
  'rate-limit',
  'garbage',
] as const;
const WEBHOOK_FAULTS = [
  'webhook-duplicate',
  'webhook-reordered',
  'webhook-late',
  'webhook-missing',
  'webhook-forged',
] as const;

type Struck = Omit<FaultRule, 'match'>;
/** One ending each; several faults of one ending strike together. */
type Numbered = readonly (Struck | readonly Struck[])[];

const COMMON: Numbered = [
  ...LINE_FAULTS.map((fault) => ({ fault, probability: 0.5 })),
  { fault: 'slow', probability: 0.5, delayMs: 1_500 },
  { fault: 'wrong-amount', probability: 0.5 },
];
const WEBHOOKS: Numbered = WEBHOOK_FAULTS.map((fault) => ({
  fault,
  ...(fault === 'webhook-late' && { delayMs: 5_000 }),
}));
/** What is told late must be told: these go with no webhook fault that loses it. */
const CARD_FAULTS: Numbered = [
  ...COMMON,
  ...WEBHOOKS,
  { fault: 'late-success', delayMs: 3_000 },
  // The first call is lost, its repeats are declined, and it lands before, or after, they decide.
  [
    { fault: 'lands-late', delayMs: 4_000 },
    { fault: 'decline', probability: 0.7 },
  ],
  [{ fault: 'judged-anew' }, { fault: 'decline', probability: 0.5 }, { fault: 'timeout-after', probability: 0.3 }],
];
const ACCOUNT_FAULTS: Numbered = [
  ...COMMON,
  ...WEBHOOKS,
  { fault: 'late-success', delayMs: 3_000 },
  { fault: 'bank-closed', probability: 0.6 },
  { fault: 'processing', delayMs: 3_000 },
  { fault: 'late-return', delayMs: 2_500 },
  { fault: 'not-found', delayMs: 3_000 },
  [
    { fault: 'lands-late', delayMs: 4_000 },
    { fault: 'bank-busy', probability: 0.7 },
  ],
  [{ fault: 'gate-first' }, { fault: 'bank-closed', probability: 0.5 }, { fault: 'timeout-after', probability: 0.4 }],
];

const numbered = (from: number, faults: Numbered): FaultRule[] =>
  faults.flatMap((struck, index) =>
    [struck].flat().map((fault) => ({ ...fault, match: { last4: `${from + index}` } })),
  );

export const CARD_RULES = numbered(3_000, CARD_FAULTS);
export const ACCOUNT_RULES = numbered(4_000, ACCOUNT_FAULTS);

const endings = (rules: readonly FaultRule[]): string[] => [...new Set(rules.map(({ match }) => match?.last4 ?? ''))];
export const FAULTY_CARDS = endings(CARD_RULES);
export const FAULTY_ACCOUNTS = endings(ACCOUNT_RULES);

/** The fault behind a card or an account, by its last four digits; undefined for an ordinary one. */
export function faultOf(rules: readonly FaultRule[], last4: string): string | undefined {
  return rules.find(({ match }) => match?.last4 === last4)?.fault;
}

/** Faults that strike every call of a provider for a while: all of them lose an answer, none loses news. */
export const BURSTS = [
  'timeout-before',
  'timeout-after',
  'drop-after-commit',
  'error-500',
  'rate-limit',
  'garbage',
] as const;
export type Burst = (typeof BURSTS)[number];

const endingOf = (rules: readonly FaultRule[], fault: string): string =>
  rules.find((rule) => rule.fault === fault)?.match?.last4 ?? '';
/** The card that is charged after its decline, and the account that gives the money back. */
export const LATE_CARD = endingOf(CARD_RULES, 'late-success');
export const LATE_ACCOUNT = endingOf(ACCOUNT_RULES, 'late-return');
