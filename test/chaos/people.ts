/** The payers of a plan as rows: members with cards and verified recipients. Signing up is not what a run is about; money goes by the API. */
import { v7 as uuid } from 'uuid';
import { keysOf } from '../fixtures/keys';
import { memberRow } from '../fixtures/member-row';
import { type DealPlan, ORDINARY, type PayerPlan } from './plan-payers';
import type { System } from './system';

export interface Person {
  readonly userId: string;
  readonly deals: readonly DealPlan[];
  /** Card and recipient ids by last four digits. */
  readonly cards: ReadonlyMap<string, string>;
  readonly recipients: ReadonlyMap<string, string>;
  /** The card that is tried when another was declined, or at the same time. */
  readonly spareCard: string;
}

const SPARE = '5678';
const DAY_MS = 24 * 3_600_000;
/** A bank without maintenance hours: a run means the same at any time of day. */
const BANK_CODE = '092';
const CHUNK = 200;
/** By which channels they are told of their deals, in turn. */
const channelsOf = (index: number): string[] => [['sms'], ['email'], ['email', 'sms']][index % 3] ?? [];

interface BillingKey {
  readonly billingKey: string;
  readonly maskedNumber: string;
  readonly issuer: string;
}

async function registerAtPg(softpaymentUrl: string, last4: string): Promise<BillingKey> {
  const form = { cardNumber: `411111111234${last4}`, expiry: '12/30', cvc: '123', birthDate: '900101' };
  const answer = await fetch(`${softpaymentUrl}/sdk/billing-keys`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(form),
  });
  return (await answer.json()) as BillingKey;
}

/** An eager payer uses one ordinary card for everything, so that the rules have something to stop. */
const dealsOf = ({ isEager, deals }: PayerPlan): DealPlan[] =>
  deals.map((deal) => (isEager ? { ...deal, card: ORDINARY } : deal));

/** Makes everybody of the plan. */
export async function settle(system: System, plans: readonly PayerPlan[]): Promise<Person[]> {
  const keys = await keysOf(system);
  const endings = new Set([SPARE, ...plans.flatMap(dealsOf).map(({ card }) => card)]);
  const billing = new Map<string, BillingKey>();
  for (const last4 of endings) billing.set(last4, await registerAtPg(system.sandboxes.softpayment, last4));
  const now = Date.now();
  const earlier = Number((await system.db('users').count())[0]?.count);
  const sealed = (plaintext: string, table: string, row: string, column: string) =>
    keys.encrypt(plaintext, { table, row, column });

  async function cardRow(userId: string, last4: string) {
    const { billingKey, maskedNumber, issuer } = billing.get(last4) as BillingKey;
    const id = uuid();
    return {
      ...{ id, user_id: userId, masked_number: maskedNumber, issuer },
      billing_key_hash: keys.hash(id, 'billing-key'), // one key serves all payers here, and no two may share one
      billing_key_encrypted: await sealed(billingKey, 'cards', id, 'billing_key_encrypted'),
    };
  }

  async function accountRow(userId: string, last4: string) {
    const id = uuid();
    return {
      ...{ id, user_id: userId, bank_code: BANK_CODE, verified_at: new Date(now) },
      ...{ account_hash: id, account_last4: last4 },
      holder_name_encrypted: await sealed('Recipient', 'bank_accounts', id, 'holder_name_encrypted'),
      account_number_encrypted: await sealed(`1101234567${last4}`, 'bank_accounts', id, 'account_number_encrypted'),
    };
  }

  const rows = await Promise.all(
    plans.map(async (plan, index) => {
      const userId = uuid();
      const deals = dealsOf(plan);
      const cards = [...new Set([SPARE, ...deals.map(({ card }) => card)])];
      const accounts = [...new Set([SPARE, ...deals.map(({ account }) => account)])];
      return {
        deals,
        user: {
          ...(await memberRow(keys, userId, {
            phone: `010${10_000_000 + earlier + index}`,
            email: `${userId}@example.com`,
          })),
          created_at: new Date(now - (plan.isNew ? 3_600_000 : 30 * DAY_MS)),
          email_verified_at: new Date(now),
          deal_news_channels: channelsOf(index),
        },
        cards: await Promise.all(cards.map(async (last4) => ({ last4, row: await cardRow(userId, last4) }))),
        accounts: await Promise.all(accounts.map(async (last4) => ({ last4, row: await accountRow(userId, last4) }))),
      };
    }),
  );
  await system.db.transaction(async (trx) => {
    await trx.batchInsert(
      'users',
      rows.map(({ user }) => user),
      CHUNK,
    );
    await trx.batchInsert(
      'cards',
      rows.flatMap(({ cards }) => cards.map(({ row }) => row)),
      CHUNK,
    );
    await trx.batchInsert(
      'bank_accounts',
      rows.flatMap(({ accounts }) => accounts.map(({ row }) => row)),
      CHUNK,
    );
  });
  return rows.map(({ user, deals, cards, accounts }) => ({
    userId: user.id,
    deals,
    cards: new Map(cards.map(({ last4, row }) => [last4, row.id])),
    recipients: new Map(accounts.map(({ last4, row }) => [last4, row.id])),
    spareCard: cards.find(({ last4 }) => last4 === SPARE)?.row.id ?? '',
  }));
}
