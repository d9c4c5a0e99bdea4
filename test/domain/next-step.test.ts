import fc from 'fast-check';
import { type By, CAUSES, type Cause } from '../../workflows/domain/causes';
import {
  DEAL_STATES,
  type DealState,
  isTerminal,
  WAIT_REASONS,
  type WaitReason,
} from '../../workflows/domain/deal-state';
import {
  type Asked,
  goesOn,
  isShown,
  nextStep,
  type Order,
  type Progress,
  type Situation,
  type Step,
} from '../../workflows/domain/next-step';

const NOW = 1_000_000;
const PATIENCE = { giveUpAfterMs: 100, correctionGraceMs: 10 };
const NOTHING: Asked = {
  ...{ knocked: false, feeRefund: null, confirm: null, cancelRequested: false, released: false, order: null },
  retryDue: false,
};
const FRESH: Progress = {
  ...{ undecidedCharge: null, expiresAt: NOW + 50, reviewUntil: null, notBefore: null, pauseUntil: null },
  ...{ retryBy: null, failingSince: NOW, needsCorrection: false, returned: false },
  ...{ payingByHand: false, refundBy: null, heldUntil: null, reviewPasses: false },
};

interface Case extends Partial<Asked>, Partial<Progress> {}

function situation(state: DealState, facts: Case): Situation {
  const inbox = { ...NOTHING };
  const progress = { ...FRESH };
  for (const [name, value] of Object.entries(facts)) Object.assign(name in inbox ? inbox : progress, { [name]: value });
  return { view: { state }, inbox, progress, policy: PATIENCE };
}

const by = (cause: Cause, actor = 'operator:kim') => ({ actor, cause });
const system = (cause: Cause) => by(cause, 'system');
const refundOrder: Order = { action: 'refund', by: by('refund-ordered') };
const retryOrder: Order = { action: 'retry', by: by('retry-ordered') };
const bankClosed = { reason: 'bank-closed', at: NOW + 5 } as const;
const bankOpened = { reason: 'bank-closed', at: NOW } as const;
const payer = by('cancelled-by-payer', 'payer');
const confirm = { attempt: 1 };

const wait = (reason: WaitReason, until: number | null): Step => ({ kind: 'wait', reason, until });
const refund = (by: By): Step => ({ kind: 'refund', by });
/** If the database still says so. */
const giveUp = (by: By): Step => ({ kind: 'refund', by, look: true });
const transfer = (by: By): Step => ({ kind: 'transfer', by });
const close = (by: By): Step => ({ kind: 'close', by });

/** From the rule that outranks all others to the one that is left: the first row of a state that fits decides. */
const TABLE: readonly (readonly [law: string, DealState, Case, Step])[] = [
  // In any state
  [
    'a deal that has ended looks at what happened beside its course',
    'COMPLETED',
    { knocked: true, order: refundOrder },
    { kind: 'look' },
  ],
  ['a deal that has ended and owes nothing is over', 'COMPLETED', { order: refundOrder }, { kind: 'end' }],
  ['likewise when it was refunded', 'REFUNDED', { cancelRequested: true }, { kind: 'end' }],
  ['likewise when it was cancelled', 'CANCELLED', { confirm }, { kind: 'end' }],
  [
    'what a person pays by hand waits for that person, whatever was asked, ordered or begun before',
    'TRANSFER_FAILED',
    { payingByHand: true, refundBy: payer, order: refundOrder, retryDue: true, failingSince: NOW - 1_000 },
    wait('paying-by-hand', null),
  ],
  ['a refund that began is finished first', 'PAID', { refundBy: payer, cancelRequested: true }, giveUp(payer)],
  ['also of a deal that is not paid', 'PENDING', { refundBy: payer, confirm }, giveUp(payer)],
  [
    'an operator’s refund takes the place of one that is held',
    'TRANSFER_FAILED',
    { refundBy: system('gave-up'), heldUntil: NOW + 5, order: refundOrder },
    refund(refundOrder.by),
  ],
  [
    'another account takes the place of a refund that is held',
    'TRANSFER_FAILED',
    { refundBy: system('gave-up'), heldUntil: NOW + 5, order: retryOrder },
    transfer(retryOrder.by),
  ],
  [
    'a refund that is held waits for a person',
    'TRANSFER_FAILED',
    { refundBy: system('gave-up'), heldUntil: NOW + 5 },
    wait('operator-needed', NOW + 5),
  ],
  [
    'a refund waits for a part of the fee that is on its way: cancels of one payment follow one another',
    'TRANSFER_FAILED',
    { order: refundOrder, feeRefund: {} },
    wait('refund-unknown', null),
  ],
  ['a transfer does not', 'TRANSFER_FAILED', { order: retryOrder, feeRefund: {} }, transfer(retryOrder.by)],
  ['and is tried again', 'TRANSFER_FAILED', { refundBy: system('gave-up'), heldUntil: NOW }, giveUp(system('gave-up'))],
  // PENDING
  [
    'a charge that was sent is asked about, whoever cancelled',
    'PENDING',
    { undecidedCharge: confirm, cancelRequested: true },
    { kind: 'charge' },
  ],
  ['a cancel comes before a confirm', 'PENDING', { cancelRequested: true, confirm }, close(payer)],
  ['a confirm in the moment of expiry is in time', 'PENDING', { confirm, expiresAt: NOW }, { kind: 'charge' }],
  ['a quote that nobody confirmed expires', 'PENDING', { expiresAt: NOW }, close(system('quote-expired'))],
  ['until then a card is needed', 'PENDING', {}, wait('card-needed', NOW + 50)],
  ['how long, the database knows', 'PENDING', { expiresAt: null }, wait('card-needed', null)],
  // PAID
  [
    'a cancel before the transfer gives the charge back',
    'PAID',
    { cancelRequested: true, order: refundOrder },
    refund(payer),
  ],
  ['so does an operator', 'PAID', { order: refundOrder, reviewUntil: NOW + 5 }, refund(refundOrder.by)],
  [
    'a risk review holds the deal',
    'PAID',
    { reviewUntil: NOW + 5, notBefore: bankClosed },
    wait('risk-review', NOW + 5),
  ],
  ['a review that nobody ended gives the charge back', 'PAID', { reviewUntil: NOW }, refund(system('hold-expired'))],
  [
    'a review that only slows down ends by itself',
    'PAID',
    { reviewUntil: NOW, reviewPasses: true },
    transfer(system('transfer-begins')),
  ],
  [
    'until then it is waited for, whoever ends it',
    'PAID',
    { reviewUntil: NOW + 5, reviewPasses: true },
    { kind: 'wait', reason: 'risk-review', until: NOW + 5 },
  ],
  ['a released deal is paid out', 'PAID', { reviewUntil: NOW, released: true }, transfer(system('released'))],
  ['closed banks are waited for', 'PAID', { notBefore: bankClosed }, wait('bank-closed', NOW + 5)],
  [
    'also by a released deal',
    'PAID',
    { reviewUntil: NOW, released: true, notBefore: bankClosed },
    wait('bank-closed', NOW + 5),
  ],
  ['open ones are not', 'PAID', { notBefore: bankOpened }, transfer(system('transfer-begins'))],
  ['a paid deal is paid out', 'PAID', {}, transfer(system('transfer-begins'))],
  // TRANSFERRING
  [
    'a failure that passes is left to rest',
    'TRANSFERRING',
    { pauseUntil: NOW + 5, cancelRequested: true },
    { kind: 'pause', until: NOW + 5 },
  ],
  ['then tried again', 'TRANSFERRING', { pauseUntil: NOW, order: refundOrder }, transfer(system('retry-in-line'))],
  ['unless the banks have closed', 'TRANSFERRING', { notBefore: bankClosed }, wait('bank-closed', NOW + 5)],
  ['a transfer under way goes on', 'TRANSFERRING', {}, transfer(system('retry-in-line'))],
  // TRANSFER_FAILED
  [
    'an operator refunds a failed deal',
    'TRANSFER_FAILED',
    { order: refundOrder, retryDue: true },
    refund(refundOrder.by),
  ],
  ['or has it tried again', 'TRANSFER_FAILED', { order: retryOrder, needsCorrection: true }, transfer(retryOrder.by)],
  ['the retry batch buys one attempt', 'TRANSFER_FAILED', { retryDue: true }, transfer(system('retry-batch'))],
  [
    'but not at an account that cannot be paid',
    'TRANSFER_FAILED',
    { retryDue: true, needsCorrection: true },
    wait('operator-needed', NOW + 10),
  ],
  [
    'an attempt that the banks kept waiting is made',
    'TRANSFER_FAILED',
    { retryBy: retryOrder.by, notBefore: bankOpened },
    transfer(retryOrder.by),
  ],
  [
    'when they open',
    'TRANSFER_FAILED',
    { retryBy: retryOrder.by, notBefore: bankClosed },
    wait('bank-closed', NOW + 5),
  ],
  ['otherwise the batch is waited for', 'TRANSFER_FAILED', { notBefore: bankClosed }, wait('retry-due', NOW + 100)],
  [
    'patience begins with the first failure',
    'TRANSFER_FAILED',
    { failingSince: NOW - 40 },
    wait('retry-due', NOW + 60),
  ],
  ['or now, when that is not known', 'TRANSFER_FAILED', { failingSince: null }, wait('retry-due', NOW + 100)],
  ['then the deal is given up', 'TRANSFER_FAILED', { failingSince: NOW - 100 }, giveUp(system('gave-up'))],
  [
    'an account that cannot be paid is given the grace of the policy',
    'TRANSFER_FAILED',
    { needsCorrection: true, failingSince: NOW - 10 },
    giveUp(system('account-not-payable')),
  ],
  [
    'returned money is given the whole patience',
    'TRANSFER_FAILED',
    { needsCorrection: true, returned: true, failingSince: NOW - 10 },
    wait('operator-needed', NOW + 90),
  ],
];

test.each(TABLE)('%s (%s)', (_law, state, facts, step) => {
  expect(nextStep(situation(state, facts), NOW)).toEqual(step);
});

test('a wait goes on while it is what comes next, and ends for anything else', () => {
  const deal = situation('PAID', { reviewUntil: NOW + 5 });
  const review = { kind: 'wait', reason: 'risk-review', until: NOW + 5 } as const;
  expect(goesOn(deal, review, NOW)).toBe(true);
  expect(goesOn(deal, { ...review, until: NOW + 6 }, NOW)).toBe(false);
  expect(goesOn(deal, { ...review, reason: 'bank-closed' }, NOW)).toBe(false);
  expect(goesOn(situation('PAID', { reviewUntil: NOW + 5, cancelRequested: true }), review, NOW)).toBe(false);
});

describe('a wait that the database shows is not told again', () => {
  const shows = (reason: WaitReason, nextMoveInMs: number | null) =>
    isShown({ waitingReason: reason, nextMoveInMs }, 'risk-review', 60_000);
  test('when it ends at the same time, as far as two clocks can agree', () => {
    expect([60_000, 59_500, 60_500].map((ms) => shows('risk-review', ms))).toEqual([true, true, true]);
  });
  test('but when it has ended, ends at another time, or says nothing of its end', () => {
    expect([0, -1, 30_000, 90_000, null].map((ms) => shows('risk-review', ms))).toEqual(Array(5).fill(false));
  });
  test('also when neither says of its end', () => {
    const shown = { waitingReason: 'refund-unknown', nextMoveInMs: null } as const;
    expect(isShown(shown, 'refund-unknown', null)).toBe(true);
    expect(isShown({ ...shown, nextMoveInMs: 5 }, 'refund-unknown', null)).toBe(false);
  });
  test('nor when it is another', () => expect(shows('bank-closed', 60_000)).toBe(false));
  test('a batch that comes before giving up is what a failed deal waits for', () => {
    const shown = { waitingReason: 'retry-due', nextMoveInMs: 30_000 } as const;
    expect(isShown(shown, 'retry-due', 60_000)).toBe(true);
    expect(isShown(shown, 'retry-due', 10_000)).toBe(false);
  });
});

describe('whatever is asked of a deal', () => {
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
  const instant = fc.integer({ min: NOW - 10, max: NOW + 10 });
  const someone = fc.record({
    actor: fc.constantFrom('payer', 'system', 'operator:kim'),
    cause: fc.constantFrom(...(Object.keys(CAUSES) as Cause[])),
  });
  const facts: fc.Arbitrary<Case> = fc.record({
    ...{ knocked: fc.boolean(), feeRefund: maybe(fc.constant({})) },
    ...{ confirm: maybe(fc.constant(confirm)), cancelRequested: fc.boolean(), released: fc.boolean() },
    ...{ order: maybe(fc.constantFrom(refundOrder, retryOrder)), retryDue: fc.boolean() },
    ...{ undecidedCharge: maybe(fc.constant(confirm)), expiresAt: maybe(instant), reviewUntil: maybe(instant) },
    ...{ notBefore: maybe(fc.record({ reason: fc.constantFrom(...WAIT_REASONS), at: instant })) },
    ...{ pauseUntil: maybe(instant), retryBy: maybe(someone), failingSince: maybe(instant) },
    ...{ needsCorrection: fc.boolean(), returned: fc.boolean(), reviewPasses: fc.boolean() },
    ...{ payingByHand: fc.boolean(), refundBy: maybe(someone), heldUntil: maybe(instant) },
  });
  const law = (holds: (step: Step, state: DealState, asked: Case) => boolean) =>
    fc.assert(
      fc.property(fc.constantFrom(...DEAL_STATES), facts, (state, asked) =>
        holds(nextStep(situation(state, asked), NOW), state, asked),
      ),
      { numRuns: 2_000 },
    );

  test('no wait ends in the past, so that none is begun again and again', () =>
    law((step) => (step.kind !== 'wait' && step.kind !== 'pause') || step.until === null || step.until > NOW));
  test('a deal that has ended neither charges nor pays out nor refunds its principal', () =>
    law((step, state) => !isTerminal(state) || ['look', 'end'].includes(step.kind)));
  test('a deal that a person pays by hand does nothing but wait for them', () =>
    law((step, state, asked) => !asked.payingByHand || isTerminal(state) || step.kind === 'wait'));
  test('a card is charged only while the deal is PENDING, and not after a cancel unless it was sent before', () =>
    law(
      (step, state, asked) =>
        step.kind !== 'charge' || (state === 'PENDING' && (!asked.cancelRequested || asked.undecidedCharge !== null)),
    ));
  test('nothing is paid out while a refund is to be finished, unless an operator names another account', () =>
    law((step, _state, asked) => step.kind !== 'transfer' || !asked.refundBy || asked.order?.action === 'retry'));
  test('a transfer under way is never left for a refund that has not begun', () =>
    law((step, state, asked) => state !== 'TRANSFERRING' || step.kind !== 'refund' || Boolean(asked.refundBy)));
});
