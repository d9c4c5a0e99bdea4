/**
 * Doubts (spec/verdicts.md, "Doubts"): what a witness says against what we hold of a deal's money, until evidence ends
 * it. A doubt is a row per deal and attempt; the database refuses every intent and every send that an open one bars.
 * The first two tables are the database's too, and docs/operations.md shows them. Pure.
 */
import type { AlarmReason } from './operator-tasks';

/** What may begin with money, and must not while it is barred; asking again about an undecided charge never is. */
export type Beginning = 'charge' | 'transfer' | 'refund' | 'fee-refund';

/**
 * What a doubt about each of these bars. The refund of a late charge is barred by none; of an attempt that is in doubt
 * only the proving cancel may be asked for.
 */
export const BARRED = {
  'standing-charge': ['charge', 'transfer', 'refund', 'fee-refund'],
  'other-charge': ['charge'],
  transfer: ['transfer', 'refund'],
  refund: ['transfer', 'refund', 'fee-refund'],
} as const satisfies Readonly<Record<string, readonly Beginning[]>>;

/** Who raised it. `contradiction`: a provider's answer to our own question. */
export const DOUBT_SOURCES = ['webhook', 'list', 'reconciliation', 'contradiction', 'dispute'] as const;
export type DoubtSource = (typeof DOUBT_SOURCES)[number];

/** The evidence that ends a doubt, each with its words. */
export const DOUBT_ENDS = {
  bank: 'the bank’s answer',
  booking: 'the charge is booked',
  files: 'the complete settlement files lack it',
  return: 'the money came back',
  verdict: 'the dispute is decided',
  acceptance: 'an operator accepts its break',
  matching: 'its break has ended',
  operator: 'an operator closes its task',
} as const;
export type DoubtEnd = keyof typeof DOUBT_ENDS;

interface DoubtRow {
  readonly meaning: string;
  readonly about: keyof typeof BARRED;
  readonly raisedBy: readonly DoubtSource[];
  readonly endedBy: readonly DoubtEnd[];
  /** Told to operators with it; what reconciliation raises is told by its break. */
  readonly task: AlarmReason | null;
}

export const DOUBTS = {
  'dispute-open': {
    meaning: 'the card issuer took the charge back, and the dispute is not decided',
    about: 'standing-charge',
    raisedBy: ['dispute'],
    endedBy: ['verdict'],
    task: 'chargeback-open',
  },
  'foreign-refund': {
    meaning: 'the PG refunded what nobody here asked for',
    about: 'standing-charge',
    raisedBy: ['webhook', 'reconciliation'],
    endedBy: ['operator', 'acceptance', 'matching'],
    task: 'refund-not-ours',
  },
  'charge-denied': {
    meaning: 'the PG denies a charge that counts as done, or has another one in its place',
    about: 'standing-charge',
    raisedBy: ['webhook', 'reconciliation'],
    endedBy: ['operator', 'acceptance', 'matching'],
    task: 'charge-denied',
  },
  'second-charge': {
    meaning: 'the PG tells of another charge under an orderId that is charged already',
    about: 'other-charge',
    raisedBy: ['webhook', 'reconciliation'],
    endedBy: ['operator', 'acceptance', 'matching'],
    task: 'charge-contradicted',
  },
  'charge-claimed': {
    meaning: 'a declined attempt is said to have been charged',
    about: 'other-charge',
    raisedBy: ['webhook', 'reconciliation'],
    endedBy: ['booking', 'files', 'operator', 'acceptance', 'matching'],
    task: 'charge-claimed',
  },
  'transfer-claimed': {
    meaning: 'a transfer is said to have ended otherwise than it counts; the bank is being asked',
    about: 'transfer',
    raisedBy: ['webhook', 'list', 'reconciliation'],
    endedBy: ['bank', 'operator', 'acceptance', 'matching'],
    task: null,
  },
  'paid-after-failure': {
    meaning: 'the bank paid a transfer that it had called failed, and the deal had gone on',
    about: 'transfer',
    raisedBy: ['contradiction'],
    endedBy: ['return', 'operator', 'acceptance'],
    task: 'paid-after-failure',
  },
  'transfer-contradicted': {
    meaning: 'the bank calls failed, or lacks, or paid otherwise, what counts as paid out',
    about: 'transfer',
    raisedBy: ['contradiction', 'reconciliation'],
    endedBy: ['return', 'operator', 'acceptance', 'matching'],
    task: 'transfer-contradicted',
  },
  'refund-denied': {
    meaning: 'the complete settlement files lack a refund that counts as done',
    about: 'refund',
    raisedBy: ['reconciliation'],
    endedBy: ['acceptance', 'matching'],
    task: null,
  },
} as const satisfies Readonly<Record<string, DoubtRow>>;

export type DoubtKind = keyof typeof DOUBTS;

/** What the table says of a kind. */
export const doubtRow = (kind: DoubtKind): DoubtRow => DOUBTS[kind];

/** The kinds that an operator is told of by this task. */
export const doubtsTold = (task: string): DoubtKind[] =>
  (Object.keys(DOUBTS) as DoubtKind[]).filter((kind) => DOUBTS[kind].task === task);
