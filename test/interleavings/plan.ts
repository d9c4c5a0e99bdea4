/** What a run plays, drawn by fast-check: what the providers do to each deal, and what people, providers and batches do meanwhile. */
import fc from 'fast-check';
import {
  CANCEL_FATES,
  type CancelFate,
  CHARGE_FATES,
  type ChargeFate,
  EVENT_FATES,
  type EventFate,
  TRANSFER_FATES,
  type TransferFate,
} from './fates';

/** What happens to one deal. Orders that do not fit are refused in words, and that is an outcome too. */
export const DEAL_ACTS = [
  'confirm',
  'confirm-another-card',
  'cancel',
  'release',
  'refund',
  'retry',
  'correct-account',
  'refund-fee',
  'pay-by-hand',
  'rule-charge',
  'rule-transfer',
  'rule-refund',
  'rule-on-old-evidence',
  'dispute',
  'verdict',
  'hurry-pg',
  'hurry-bank',
  'mend-pg',
  'mend-bank',
  'bank-closes',
  'event-again',
  'event-of-a-lie',
  'terminate',
  'reset',
] as const;
export type DealActName = (typeof DEAL_ACTS)[number];

/** What fits a deal by its wait, or by its state when it has ended; anything else is mostly refused. */
export const FITTING: Readonly<Record<string, readonly DealActName[]>> = {
  'card-needed': ['confirm-another-card', 'confirm', 'hurry-pg', 'event-of-a-lie', 'cancel'],
  'charge-unknown': ['hurry-pg', 'rule-charge', 'mend-pg', 'cancel', 'confirm-another-card', 'rule-on-old-evidence'],
  'risk-review': ['release', 'refund', 'cancel', 'dispute', 'event-of-a-lie'],
  'transfer-unknown': ['hurry-bank', 'rule-transfer', 'mend-bank', 'bank-closes', 'dispute', 'rule-on-old-evidence'],
  'retry-due': [
    'retry',
    'correct-account',
    'pay-by-hand',
    'hurry-bank',
    'refund',
    'mend-bank',
    'dispute',
    'event-of-a-lie',
  ],
  'refund-unknown': ['rule-refund', 'mend-pg', 'rule-on-old-evidence', 'event-again', 'terminate'],
  'operator-needed': [
    ...(['correct-account', 'refund', 'rule-charge', 'rule-transfer', 'verdict', 'mend-pg', 'dispute'] as const),
    'pay-by-hand',
  ],
  'paying-by-hand': ['pay-by-hand', 'cancel', 'retry', 'hurry-bank', 'dispute', 'event-of-a-lie', 'terminate'],
  COMPLETED: ['hurry-bank', 'refund-fee', 'dispute', 'verdict', 'event-of-a-lie', 'hurry-pg'],
  REFUNDED: ['hurry-bank', 'event-of-a-lie', 'hurry-pg', 'event-again', 'dispute'],
  CANCELLED: ['hurry-pg', 'event-of-a-lie', 'event-again', 'confirm'],
};

/** What happens to all deals at once. */
export const SYSTEM_ACTS = [
  'stop-charge',
  'stop-transfer',
  'lift-charge',
  'lift-transfer',
  'retry-batch',
  'bank-list',
  'reconcile',
  'event-sweep',
  'minute-sweep',
] as const;
export type SystemAct = (typeof SYSTEM_ACTS)[number];

export interface DealAct {
  /** `fitting`: the `pick`th of those that fit it then. */
  readonly act: DealActName | 'fitting';
  /** Whatever it is doing; once its first confirm has begun; once it is at rest too. What does not come soon is not waited for. */
  readonly when: 'at-once' | 'begun' | 'at-rest';
  /** Which of several: a lie, an amount. */
  readonly pick: number;
}

export interface DealPlan {
  /** Of its first two charges; further ones are ordinary. */
  readonly charges: readonly [ChargeFate, ChargeFate];
  readonly cancels: CancelFate;
  readonly pgEvents: EventFate;
  /** Last digits (spec §13). */
  readonly account: string;
  /** Of its first two transfers. */
  readonly transfers: readonly [TransferFate, TransferFate];
  readonly bankEvents: EventFate;
  /** Held for review, since its amount is high. */
  readonly isReviewed: boolean;
  readonly acts: readonly DealAct[];
  /** What its payer and the operators want when all is mended, and it needs them. */
  readonly end: 'give-up' | 'go-on' | 'correct-account';
  readonly verdict: 'won' | 'lost';
}

export interface Plan {
  readonly readings: {
    readonly declines: 'replayed' | 'judged-anew';
    readonly duplicateCheck: 'before-gate' | 'after-gate';
    readonly notFoundMs: number;
  };
  readonly deals: readonly DealPlan[];
  readonly system: readonly SystemAct[];
}

export interface Size {
  readonly deals: number;
}

const ACTS_MAX = 8;
const SYSTEM_ACTS_MAX = 8;

const oneOf = <T>(values: readonly T[]) => fc.constantFrom(...values);
const keysOf = <K extends string>(table: Readonly<Record<K, unknown>>) => Object.keys(table) as K[];
/** What is on its way while the provider says otherwise, and what nobody tells, is drawn more often: there money is easily lost. */
const HARD = /^lands-|^charged-after|^untold/;
const fatesOf = <K extends string>(table: Readonly<Record<K, unknown>>): K[] => {
  const names = keysOf(table);
  const hard = names.filter((name) => HARD.test(name));
  return [...names, ...hard, ...hard];
};
/** Mostly the plain one: a deal that meets everything at once gets nowhere. */
const mostly = <T>(plain: T, weight: number, others: readonly T[]) =>
  fc.oneof({ weight, arbitrary: fc.constant(plain) }, { weight: 1, arbitrary: oneOf(others) });

const ACCOUNTS = ['0202', '0204', '0205', '0206', '0207', '0208', '0209'];

const WHENS = ['at-once', 'begun', 'begun', 'at-rest', 'at-rest'] as const;
const drawnAct = fc.oneof(fc.constant('fitting' as const), oneOf(DEAL_ACTS));
const dealAct = fc.record({ act: drawnAct, when: oneOf(WHENS), pick: fc.nat({ max: 99 }) });
const confirmed = fc.constant<DealAct>({ act: 'confirm', when: 'at-once', pick: 0 });

const dealPlan: fc.Arbitrary<DealPlan> = fc.record({
  charges: fc.tuple(mostly('ordinary', 1, fatesOf(CHARGE_FATES)), mostly('ordinary', 1, fatesOf(CHARGE_FATES))),
  cancels: mostly('ordinary', 2, keysOf(CANCEL_FATES)),
  pgEvents: mostly('told', 1, fatesOf(EVENT_FATES)),
  account: mostly('1234', 3, ACCOUNTS),
  transfers: fc.tuple(mostly('ordinary', 1, fatesOf(TRANSFER_FATES)), mostly('ordinary', 1, fatesOf(TRANSFER_FATES))),
  bankEvents: mostly('told', 1, fatesOf(EVENT_FATES)),
  isReviewed: mostly(false, 5, [true]),
  acts: fc
    .tuple(confirmed, fc.noBias(fc.array(dealAct, { maxLength: ACTS_MAX, size: 'max' })))
    .map(([first, rest]) => [first, ...rest]),
  end: oneOf(['give-up', 'go-on', 'correct-account'] as const),
  verdict: oneOf(['won', 'lost'] as const),
});

/** Every plan of this size. */
export const planOf = ({ deals }: Size): fc.Arbitrary<Plan> =>
  fc.record({
    readings: fc.record({
      declines: oneOf(['replayed', 'judged-anew'] as const),
      duplicateCheck: oneOf(['before-gate', 'after-gate'] as const),
      notFoundMs: oneOf([0, 300]),
    }),
    deals: fc.array(dealPlan, { minLength: Math.ceil(deals / 2), maxLength: deals, size: 'max' }),
    system: fc.noBias(fc.array(oneOf(SYSTEM_ACTS), { maxLength: SYSTEM_ACTS_MAX, size: 'max' })),
  });
