/** Real deals of every kind in one house: what the laws of money must hold for, and what breaks are planted in. */
import { faultBoard } from './faults';
import type { House } from './house';
import { taskOpens } from './operator';
import { poll } from './poll';
import { prepareDeal, REVIEWED, type Story, waitingDeal } from './story';

/** Deal numbers by what became of the deal. */
export type EveryDeal = Readonly<Record<(typeof KINDS)[number], string>>;

const KINDS = [
  'completed',
  'another',
  'secondCard',
  'retried',
  'refunded',
  'returned',
  'failing',
  'held',
  'declined',
  'cancelled',
  'cancelledInFlight',
  'late',
  'partRefunded',
  'disputed',
  'lostToDispute',
  'quote',
] as const;

async function paid(story: Story, status: string): Promise<string> {
  await story.payer.confirm(story.id, story.cardId);
  await story.payer.waitForStatus(story.id, status);
  return story.dealNo;
}

async function completed(house: House): Promise<Story> {
  const story = await prepareDeal(house);
  await paid(story, 'COMPLETED');
  return story;
}

async function anotherCard(story: Story): Promise<string> {
  await story.payer.confirm(story.id, story.cardId);
  await story.payer.confirm(story.id, await story.payer.registerCard());
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  return story.dealNo;
}

/** The first charge was declined, another card paid, and then the first one was charged after all: it is given back. */
async function late(house: House): Promise<string> {
  const story = await prepareDeal(house);
  const match = { path: '/billing/payment', orderId: `${story.dealNo}-1` };
  await faultBoard(house.sandboxes.softpayment).strike({ fault: 'late-success', match, delayMs: 500 });
  const dealNo = await anotherCard(story);
  await poll(
    () => house.db('payments').where({ deal_id: story.id, late: true, status: 'REFUNDED' }),
    (rows) => rows.length === 1,
    { what: 'the late charge is given back' },
  );
  return dealNo;
}

async function returned(house: House): Promise<string> {
  const story = await prepareDeal(house, { account: '0209' });
  await paid(story, 'COMPLETED');
  await story.payer.waitForStatus(story.id, 'TRANSFER_FAILED');
  return story.dealNo;
}

async function cancelledInFlight(house: House): Promise<string> {
  const story = await prepareDeal(house, { card: '0103' });
  const answer = story.payer.confirm(story.id, story.cardId);
  await house.chargeAsked(`${story.dealNo}-1`);
  await story.payer.cancel(story.id);
  await answer;
  await story.payer.waitForStatus(story.id, 'CANCELLED');
  return story.dealNo;
}

async function cancelled(house: House): Promise<string> {
  const story = await prepareDeal(house);
  await story.payer.cancel(story.id);
  return story.dealNo;
}

async function declined(house: House): Promise<string> {
  const story = await prepareDeal(house, { card: '0101' });
  await story.payer.confirm(story.id, story.cardId);
  await story.waits('card-needed');
  return story.dealNo;
}

async function partRefunded(house: House): Promise<string> {
  const story = await completed(house);
  await story.operator.refundFee(1_000, 'request-1');
  return story.dealNo;
}

async function disputed(house: House): Promise<string> {
  const story = await completed(house);
  await story.operator.chargeback('open', `case-${story.dealNo}`);
  await taskOpens(house, story.id, 'chargeback-open');
  return story.dealNo;
}

/** The bank returned the transfer and the card issuer took the charge back for good: nobody is paid twice. */
async function lostToDispute(house: House): Promise<string> {
  const story = await waitingDeal(house, 'operator-needed', { account: '0209' });
  await story.operator.chargeback('open', `case-${story.dealNo}`);
  await story.operator.chargeback('lost', `case-${story.dealNo}`);
  await story.operator.refund();
  await story.payer.waitForStatus(story.id, 'REFUNDED');
  return story.dealNo;
}

const numberOf = async (story: Promise<Story>): Promise<string> => (await story).dealNo;

const STORIES: Readonly<Record<(typeof KINDS)[number], (house: House) => Promise<string>>> = {
  completed: (house) => numberOf(completed(house)),
  another: (house) => numberOf(completed(house)),
  secondCard: async (house) => anotherCard(await prepareDeal(house, { card: '0102' })),
  retried: async (house) => paid(await prepareDeal(house, { account: '0207' }), 'COMPLETED'),
  refunded: async (house) => paid(await prepareDeal(house, { account: '0202' }), 'REFUNDED'),
  returned,
  failing: (house) => numberOf(waitingDeal(house, 'retry-due', { account: '0208' })),
  held: (house) => numberOf(waitingDeal(house, 'risk-review', { principal: REVIEWED })),
  declined,
  cancelled,
  cancelledInFlight,
  late,
  partRefunded,
  disputed,
  lostToDispute,
  quote: (house) => numberOf(prepareDeal(house)),
};

/** Each waits for its own deal: too many at once, and a busy machine lets all of them wait too long. */
const AT_ONCE = 4;

/** One deal of each kind, at rest. The house must give up on failed transfers late. */
export async function everyDeal(house: House): Promise<EveryDeal> {
  const deals: Partial<Record<(typeof KINDS)[number], string>> = {};
  const queue = [...KINDS];
  const tell = async () => {
    for (let kind = queue.shift(); kind; kind = queue.shift()) deals[kind] = await STORIES[kind](house);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, tell));
  return deals as EveryDeal;
}
