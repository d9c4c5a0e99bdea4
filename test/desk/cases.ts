/** Cases of operators' days, each worked by two of them over the admin API while Temporal Web shows the deal. */
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import { accountEnding, callApi, cardEnding, type DealView, type Payer, signUp } from '../fixtures/payer';
import { poll } from '../fixtures/poll';
import type { WholeSystem } from '../servers/npm-start';
import type { Desktop } from './browser';
import type { Staff } from './staff';

export interface Scene extends Pick<WholeSystem, 'places'> {
  readonly desktop: Desktop;
  /** Of the role finance: asks for what moves money. */
  readonly maker: Staff;
  /** Of the role admin: approves it. */
  readonly checker: Staff;
}

interface Case {
  /** Of its pictures, too. */
  readonly name: string;
  readonly title: string;
  play(scene: Scene): Promise<void>;
}

/** High enough that a new member's deal is held for review, and that two people correct its account, won. */
const HIGH = 1_500_000;
const REASON = 'seen at the desk, ticket 4711';

interface Opened {
  readonly payer: Payer;
  readonly recipientId: string;
  readonly deal: DealView;
}

/** A deal that waits for a person; `before`: what is done to its providers before it is confirmed. */
async function waiting(
  { places }: Scene,
  given: { reason: string; account?: string; principal?: number; before?(deal: DealView): Promise<void> },
): Promise<Opened> {
  const { reason, account = '1234', principal, before } = given;
  const payer = await signUp(places);
  const [cardId, recipientId] = [
    await payer.registerCard(cardEnding('1234')),
    await payer.addRecipient(accountEnding(account)),
  ];
  const deal = await payer.createDeal(recipientId, principal);
  await before?.(deal);
  payer.confirm(deal.id, cardId).catch(() => undefined); // it may take longer than the answer
  await payer.waitForWaiting(deal.id, reason);
  return { payer, recipientId, deal };
}

/** What Temporal Web must say of a deal that waits so. */
async function look({ desktop }: Scene, { deal }: Opened, name: string, reason: string, order: string): Promise<void> {
  const words = await desktop.detailsOf(deal.id, `${name}-waits`);
  for (const word of [`waiting ${reason}`, order, `#wait-${reason}`, deal.dealNo, `/v1/admin/deals/${deal.id}`])
    if (!words.includes(word)) throw new Error(`Temporal Web lacks "${word}":\n${words}`);
}

async function end({ desktop }: Scene, { payer, deal }: Opened, name: string, status: string): Promise<void> {
  await payer.waitForStatus(deal.id, status);
  await desktop.historyOf(deal.id, `${name}-ends`);
}

/** Asks as one operator and approves as the other. */
async function byTwo({ maker, checker }: Scene, { deal }: Opened, name: string, input: object): Promise<void> {
  const requestId = await maker.order(deal.dealNo, name, { ...input, reason: REASON });
  if (requestId === undefined) throw new Error(`${name} needed no second person`);
  await checker.approve(requestId);
}

interface Effect {
  readonly kind: string;
  readonly effect?: string;
  readonly orderId?: string;
  readonly paymentKey?: string;
}

const softpayment = <T>({ places }: Scene, method: string, path: string, body?: object) =>
  callApi<T>(places.softpaymentUrl, method, `/_sandbox/${path}`, body);

async function paymentKeyOf(scene: Scene, orderId: string): Promise<string> {
  const { body } = await softpayment<Effect[]>(scene, 'GET', 'journal');
  const key = body.find((one) => one.effect === 'charged' && one.orderId === orderId)?.paymentKey;
  if (key === undefined) throw new Error(`${orderId} was not charged`);
  return key;
}

export const CASES: readonly Case[] = [
  {
    name: 'unknown-charge',
    title: 'a charge that nobody knows of is ruled by what the PG’s support says',
    async play(scene) {
      const reason = 'charge-unknown';
      const strike = (faults: object[]) => softpayment(scene, 'PUT', 'faults', { faults });
      const opened = await waiting(scene, {
        reason,
        async before({ dealNo }) {
          await strike([{ fault: 'garbage', match: { orderId: `${dealNo}-1` } }]); // it charges, and nobody can read so
        },
      });
      await look(scene, opened, this.name, reason, 'rule');
      const paymentKey = await paymentKeyOf(scene, `${opened.deal.dealNo}-1`);
      const ruling = { leg: 'charge', attempt: 1, verdict: 'done', paymentKey, evidence: 'mail of the PG’s support' };
      await byTwo(scene, opened, 'rule', { ...ruling, evidenceAt: new Date().toISOString() });
      await strike([]);
      await end(scene, opened, this.name, 'COMPLETED');
    },
  },
  {
    name: 'held-deal',
    title: 'a deal that a rule held is released',
    async play(scene) {
      const reason = 'risk-review';
      const opened = await waiting(scene, { reason, principal: HIGH });
      await look(scene, opened, this.name, reason, 'release');
      await scene.checker.order(opened.deal.dealNo, 'release', { reason: REASON });
      await end(scene, opened, this.name, 'COMPLETED');
    },
  },
  {
    name: 'corrected-account',
    title: 'a transfer that the bank refuses goes to a corrected account',
    async play(scene) {
      const opened = await waiting(scene, { reason: 'risk-review', account: '0208', principal: HIGH });
      await scene.checker.order(opened.deal.dealNo, 'release', { reason: REASON });
      await opened.payer.waitForWaiting(opened.deal.id, 'retry-due');
      await look(scene, opened, this.name, 'retry-due', 'correct-account');
      const recipientId = await opened.payer.addRecipient(accountEnding('1234'));
      await byTwo(scene, opened, 'correct-account', { recipientId });
      await end(scene, opened, this.name, 'COMPLETED');
    },
  },
  {
    name: 'returned-transfer',
    title: 'a deal whose money came back after its end is refunded',
    async play(scene) {
      const reason = 'operator-needed';
      const opened = await waiting(scene, { reason, account: '0209' });
      await look(scene, opened, this.name, reason, 'refund');
      await scene.maker.order(opened.deal.dealNo, 'refund', { reason: REASON });
      await end(scene, opened, this.name, 'REFUNDED');
    },
  },
  {
    name: 'manual-transfer',
    title: 'a deal that the bank cannot pay by its API is paid by hand, and booked by two',
    async play(scene) {
      const opened = await waiting(scene, { reason: 'retry-due', account: '0208' });
      const { dealNo, principal } = opened.deal;
      await scene.maker.order(dealNo, 'pay-by-hand', { reason: REASON });
      await opened.payer.waitForWaiting(opened.deal.id, 'paying-by-hand');
      await look(scene, opened, this.name, 'paying-by-hand', 'manual-transfer');
      await byTwo(scene, opened, 'manual-transfer', {
        ...{
          recipientId: opened.recipientId,
          bankReference: `SLIP-${dealNo}`,
          tradingDate: kstDayOf(new Date()),
          amount: principal,
        },
        ...{ evidence: 'slip 17 in the safe', evidenceAt: new Date().toISOString() },
      });
      await end(scene, opened, this.name, 'COMPLETED');
    },
  },
  {
    name: 'saved-query',
    title: 'a saved query finds what waits for a person',
    async play(scene) {
      const { deal } = await waiting(scene, { reason: 'risk-review', principal: HIGH });
      const query = 'WaitReason="operator-needed" OR WaitReason="risk-review"';
      await poll(
        () => scene.desktop.found(query, this.name),
        (words) => words.includes(deal.id),
        { what: `${query} finds the deal that is held` },
      );
    },
  },
];
