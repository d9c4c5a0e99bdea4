/** The points at which a process can be made to die, and how they are armed (test/faults/failpoints.ts makes it die). */

const MONEY_ACTIVITIES = ['chargeCard', 'transferToRecipient', 'refundPayment', 'refundFee'] as const;
const MONEY_MOMENTS = [
  'before_intent_commit',
  'after_intent_commit',
  'before_call',
  'after_call',
  'before_result_commit',
  'after_result_commit',
] as const;
const RECHECKS = ['recheckCharge', 'recheckTransfer'] as const;
/** A recheck has no intent of its own. */
const RECHECK_MOMENTS = ['before_call', 'after_call', 'before_result_commit', 'after_result_commit'] as const;

/** In the worker, of the activities that move money. */
export const MONEY_POINTS = MONEY_ACTIVITIES.flatMap((name) =>
  MONEY_MOMENTS.map((moment) => `${name}.${moment}` as const),
);
/** In the worker, of the questions about late news. */
export const RECHECK_POINTS = RECHECKS.flatMap((name) => RECHECK_MOMENTS.map((moment) => `${name}.${moment}` as const));
/** In the worker, of what books money without asking anybody. */
const BOOKINGS = ['recordChargeback', 'reserveByHand', 'recordManualTransfer'] as const;
export const BOOKING_POINTS = BOOKINGS.flatMap((name) => [`${name}.before_commit`, `${name}.after_commit`] as const);
/** In the API: around the idempotency key's row, once the update-with-start is sent, and before the answer leaves. */
export const API_POINTS = [
  'confirm.before_key',
  'confirm.after_key',
  'confirm.after_start',
  'confirm.before_reply',
] as const;

export const ALL_POINTS = [...MONEY_POINTS, ...RECHECK_POINTS, ...BOOKING_POINTS, ...API_POINTS] as const;
export type Failpoint = (typeof ALL_POINTS)[number];

/** Die at this point, at its n-th passage (from 1). */
export interface Arm {
  readonly point: Failpoint;
  readonly passage: number;
}

/** The variable of an armed process: `point:passage`, comma separated; the first one that is reached strikes. */
export const ARMS_VARIABLE = 'PLIC_FAILPOINTS';
/** For so long after its start nothing strikes an armed process, ms; default 0. */
export const ARMED_AFTER_VARIABLE = 'PLIC_FAILPOINTS_AFTER_MS';
/** The file that a process which dies writes its last word to, one JSON line. */
export const HITS_VARIABLE = 'PLIC_FAILPOINT_HITS';

/** The file of the bundled workflows, for a launched worker; without it the worker bundles them itself, as in production. */
export const BUNDLE_VARIABLE = 'PLIC_TEST_WORKFLOW_BUNDLE';

/** The last word of a process. */
export interface Hit {
  readonly point: Failpoint;
  readonly pid: number;
}

export const formatArms = (arms: readonly Arm[]): string =>
  arms.map(({ point, passage }) => `${point}:${passage}`).join(',');

/** Throws on a point that does not exist: it would be armed and never strike. */
export function parseArms(text: string): Arm[] {
  return text
    .split(',')
    .filter((arm) => arm !== '')
    .map((arm) => {
      const [name = '', count = '1'] = arm.split(':');
      const point = ALL_POINTS.find((known) => known === name);
      const passage = Number(count);
      if (!point || !Number.isSafeInteger(passage) || passage < 1)
        throw new Error(
          `"${arm}" is no failpoint; these are, each with an optional :passage: ${ALL_POINTS.join(', ')}`,
        );
      return { point, passage };
    });
}
