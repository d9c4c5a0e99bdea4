/** The house that a plan is played in, its deals, and what is struck at their providers. */
import type { DealId } from '../../workflows/domain/ids';
import { type FaultBoard, faultBoard } from '../faults/faults';
import { kstClockAt } from '../fixtures/kst-clock';
import { accountEnding } from '../fixtures/payer';
import { NO_ANSWERS } from '../fixtures/policy';
import { prepareDeal, REVIEWED, type Story } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';
import { CANCEL_FATES, CHARGE_FATES, EVENT_FATES, faultsOf, TRANSFER_FATES } from './fates';
import type { DealPlan, Plan } from './plan';

const DAY_MS = 86_400_000;

export const ENDED = ['COMPLETED', 'REFUNDED', 'CANCELLED'];

/**
 * Nothing ends by time while a plan is played, though its clock goes on to the next night. As in production a provider may take longer
 * over a call than we wait for it.
 */
export const POLICY = {
  ...NO_ANSWERS,
  chargeSettleMs: 2_500,
  notFoundSettleMs: 1_500,
  unknownTimetableMs: [100, 200, 400],
  stopRecheckMs: 300,
  newsAgainMs: 500,
  newsAgainMaxMs: 2_000,
  giveUpAfterMs: 9 * DAY_MS,
  quoteMs: 9 * DAY_MS,
  holdMs: 9 * DAY_MS,
};

type Mend = () => Promise<void>;

export interface Deal extends Story {
  readonly plan: DealPlan;
  /** Another account of its recipient, which takes money. */
  readonly otherRecipientId: string;
  /** Ends what stands at this provider for the deal. */
  mend(provider: 'softpayment' | 'bank'): Promise<void>;
  /** Everything that a provider planned for it happens now. */
  hurry(provider: 'softpayment' | 'bank'): void;
  /** From now on the bank is closed for its transfers of these attempts. */
  closeBank(attempts: readonly number[]): Promise<void>;
  /** What people heard of each act, in words. */
  readonly heard: readonly string[];
  /** Keeps what was heard, with the time. */
  note(words: string): void;
  /** Confirms that are not answered yet. */
  readonly confirms: Promise<void>[];
}

export interface Stage {
  readonly house: House;
  readonly deals: readonly Deal[];
  readonly now: () => Date;
  /** From now on it is this time (KST) of the day after the plan's. */
  nextDay(kst: string): void;
  /** KST day on which all began. */
  readonly day: string;
}

const kst = (at: Date): string => new Date(at.getTime() + 9 * 3_600_000).toISOString();

/** Opens a house whose providers are as the plan wants them. The caller stops it. */
export async function openStage({ readings, deals }: Plan): Promise<Stage> {
  const begun = kst(new Date());
  const clock = kstClockAt(begun.slice(11, 19));
  const house = await startHouse({ policy: POLICY, clock: clock.now });
  try {
    const { declines, ...ofBank } = readings;
    await putReadings(house.sandboxes.softpayment.url, { declines });
    await putReadings(house.sandboxes.bank.url, ofBank);
    const boards = { softpayment: faultBoard(house.sandboxes.softpayment), bank: faultBoard(house.sandboxes.bank) };
    const stage = { house, now: clock.now, day: begun.slice(0, 10), nextDay: (time: string) => clock.set(time, 1) };
    return { ...stage, deals: await Promise.all(deals.map((plan) => openDeal(house, boards, plan))) };
  } catch (error) {
    await house.stop();
    throw error;
  }
}

async function putReadings(url: string, readings: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/_sandbox/readings`, { method: 'PUT', headers, body: JSON.stringify(readings) });
  if (!answer.ok) throw new Error(`the sandbox refused its readings: ${await answer.text()}`);
}

const ATTEMPTS = [1, 2, 3, 4, 5, 6, 7, 8, 9];

async function openDeal(
  house: House,
  boards: Readonly<Record<'softpayment' | 'bank', FaultBoard>>,
  plan: DealPlan,
): Promise<Deal> {
  const cast = { account: plan.account, ...(plan.isReviewed && { principal: REVIEWED }) };
  const story = await prepareDeal(house, cast);
  const { dealNo } = story;
  const mends: Record<'softpayment' | 'bank', Mend[]> = { softpayment: [], bank: [] };
  const strike = async (provider: 'softpayment' | 'bank', faults: ReturnType<typeof faultsOf>) => {
    for (const fault of faults) mends[provider].push(await boards[provider].strike(fault));
  };
  for (const [index, fate] of plan.charges.entries()) {
    const key = { orderId: `${dealNo}-${index + 1}` };
    const strokes = [...CHARGE_FATES[fate], ...CANCEL_FATES[plan.cancels], ...EVENT_FATES[plan.pgEvents]];
    await strike('softpayment', faultsOf(strokes, key));
  }
  for (const [index, fate] of plan.transfers.entries()) {
    const key = { reference: `${dealNo}-T${index + 1}` };
    await strike('bank', faultsOf([...TRANSFER_FATES[fate], ...EVENT_FATES[plan.bankEvents]], key));
  }
  const [heard, since]: [string[], number] = [[], performance.now()];
  return {
    ...story,
    ...{ plan, heard, confirms: [], otherRecipientId: await story.payer.addRecipient(accountEnding('1234')) },
    note: (words) => void heard.push(`${((performance.now() - since) / 1_000).toFixed(2)} ${words}`),
    async mend(provider) {
      await Promise.all(mends[provider].splice(0).map((mend) => mend()));
    },
    hurry(provider) {
      const keyOf = (n: number) => (provider === 'bank' ? `${dealNo}-T${n}` : `${dealNo}-${n}`);
      for (const n of ATTEMPTS) house.sandboxes[provider].hurry(keyOf(n));
    },
    async closeBank(attempts) {
      const strokes = [{ fault: 'bank-closed', path: 'POST /transfers' }];
      for (const n of attempts) await strike('bank', faultsOf(strokes, { reference: `${dealNo}-T${n}` }));
    },
  };
}

/** Its row. */
export const rowOf = ({ house }: Pick<Stage, 'house'>, id: DealId) => house.db('deals').where({ id }).first();
