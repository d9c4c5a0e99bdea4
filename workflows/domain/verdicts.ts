/**
 * When an answer is a verdict on the key, and when it only judges the call (spec/verdicts.md, "Decision table"). Pure;
 * one row for each leg, what is known of the key's other sends, and what was told. What no row names stays unknown.
 */
import type { Leg } from './provider-news';

/**
 * The other sends of this key: none of them is unknown; some are, and all of those are older than a call may take
 * (`settled`); or one is younger.
 */
export type Earlier = 'none' | 'settled' | 'young';

/**
 * What was told. `sent-`: in answer to a POST; `found-`: by the provider's query; `listed`, `unlisted`: by complete
 * lists of every day on which it may have happened; `ruled-`: by an operator. `refused`: a code that judges the call
 * alone.
 */
export type Told =
  | 'sent-done'
  | 'sent-failed'
  | 'sent-key-refused'
  | 'sent-refused'
  | 'sent-processing'
  | 'found-done'
  | 'found-failed'
  | 'found-returned'
  | 'found-processing'
  | 'found-nothing'
  | 'listed'
  | 'unlisted'
  | 'ruled-done'
  | 'ruled-failed'
  /** Nobody was asked: files, or a person, decide. */
  | 'nothing';

/** `unknown`: asked again; `watched`: FAILED, until the settlement files of its send days are read. */
export interface Decision {
  readonly verdict: 'done' | 'failed' | 'unknown';
  readonly watched?: true;
  /** Unknown, and when it is POSTed again: by the timetable, unless this says otherwise. */
  readonly again?: 'once-settled' | 'never';
}
interface Row extends Decision {
  readonly leg: Leg;
  readonly earlier: readonly Earlier[];
  readonly told: readonly Told[];
}

const ANY: readonly Earlier[] = ['none', 'settled', 'young'];
const SOME: readonly Earlier[] = ['settled', 'young'];

const DECISIONS: readonly Row[] = [
  { leg: 'charge', earlier: ['none'], told: ['sent-failed', 'sent-key-refused'], verdict: 'failed' },
  { leg: 'charge', earlier: ['settled'], told: ['sent-failed'], verdict: 'failed', watched: true },
  { leg: 'charge', earlier: ['young'], told: ['sent-failed'], verdict: 'unknown', again: 'once-settled' },
  { leg: 'charge', earlier: SOME, told: ['sent-key-refused'], verdict: 'unknown', again: 'never' },
  { leg: 'charge', earlier: ANY, told: ['sent-done', 'listed', 'ruled-done'], verdict: 'done' },
  { leg: 'charge', earlier: ANY, told: ['unlisted'], verdict: 'failed' },
  { leg: 'transfer', earlier: ANY, told: ['sent-done', 'found-done', 'ruled-done'], verdict: 'done' },
  { leg: 'transfer', earlier: ['none'], told: ['sent-failed'], verdict: 'failed' },
  { leg: 'transfer', earlier: ANY, told: ['found-failed', 'unlisted', 'ruled-failed'], verdict: 'failed' },
  { leg: 'transfer', earlier: ANY, told: ['found-returned'], verdict: 'done' },
  { leg: 'refund', earlier: ANY, told: ['sent-done', 'listed', 'ruled-done'], verdict: 'done' },
  { leg: 'refund', earlier: ANY, told: ['unlisted'], verdict: 'failed' },
];

const UNKNOWN: Decision = { verdict: 'unknown' };

/** What this answer means for the key. */
export function judge(leg: Leg, earlier: Earlier, told: Told): Decision {
  const row = DECISIONS.find((one) => one.leg === leg && one.earlier.includes(earlier) && one.told.includes(told));
  if (!row) return UNKNOWN;
  const { verdict, watched, again } = row;
  return { verdict, ...(watched && { watched }), ...(again && { again }) };
}

/** Whether what this answer means depends on the other sends of the key. */
export const dependsOnEarlier = (leg: Leg, told: Told): boolean =>
  DECISIONS.some((one) => one.leg === leg && one.told.includes(told) && one.earlier.length < ANY.length);

/** How long, in ms, until a call that went at `sentAt` has surely ended; 0: it has. */
export function unsettledMs(sentAt: Date, settleMs: number, at: Date): number {
  return Math.max(0, settleMs - (at.getTime() - sentAt.getTime()));
}
