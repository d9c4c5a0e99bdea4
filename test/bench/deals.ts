/** Deals ready to confirm, each with a payer and a card of its own, since the daily limits are real. Inserted past the API. */
import { randomBytes } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import type { DealHeader } from '../../infra/temporal/deal-engine';
import type { ConfirmRequest } from '../../workflows/deal/messages';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import { amountBandOf } from '../../workflows/domain/deal-header';
import { DEAL_NO_RANDOM_BYTES, dealNoOf } from '../../workflows/domain/deal-no';
import type { DealId } from '../../workflows/domain/ids';
import { won } from '../../workflows/domain/money';
import { DEVICE } from '../fixtures/device';
import { keysOf } from '../fixtures/keys';
import { memberRow } from '../fixtures/member-row';
import type { Stand } from './stand';

export const PRINCIPAL = won(100_000);
export const FEE = won(3_000);

export interface ReadyDeal {
  readonly header: DealHeader;
  readonly confirm: ConfirmRequest;
}

const PHONES_FROM = 10_000_000;
/** A bank without maintenance hours: the bench runs at any time of day. */
const BANK_CODE = '092';

/** One billing key serves all cards: what is limited is the card row, not Softpayment's token. */
async function registerCard(softpaymentUrl: string) {
  const answer = await fetch(`${softpaymentUrl}/sdk/billing-keys`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ cardNumber: '4111111111111234', expiry: '12/30', cvc: '123', birthDate: '900101' }),
  });
  return (await answer.json()) as { billingKey: string; maskedNumber: string; issuer: string };
}

/** Makes `count` deals that can be confirmed at once. */
export async function prepareDeals({ db, config, sandboxes }: Stand, count: number): Promise<ReadyDeal[]> {
  const keys = await keysOf({ db, config });
  const { billingKey, maskedNumber, issuer } = await registerCard(sandboxes.softpayment);
  const sealed = (plaintext: string, table: string, row: string, column: string) =>
    keys.encrypt(plaintext, { table, row, column });
  const now = new Date();
  const earlier = Number((await db('users').count())[0]?.count);
  const created_at = new Date(now.getTime() - 30 * 24 * 3_600_000); // no new members: nothing is held for review
  const people = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const [user, card, account] = [uuid(), uuid(), uuid()];
      return {
        user: {
          ...(await memberRow(keys, user, {
            phone: `010${PHONES_FROM + earlier + index}`,
            email: `${user}@example.com`,
          })),
          created_at,
        },
        card: {
          ...{ id: card, user_id: user, billing_key_hash: card, masked_number: maskedNumber, issuer },
          billing_key_encrypted: await sealed(billingKey, 'cards', card, 'billing_key_encrypted'),
        },
        account: {
          ...{ id: account, user_id: user, bank_code: BANK_CODE, account_hash: account, account_last4: '1234' },
          verified_at: now,
          holder_name_encrypted: await sealed('-', 'bank_accounts', account, 'holder_name_encrypted'),
          account_number_encrypted: await sealed(
            '11012345671234',
            'bank_accounts',
            account,
            'account_number_encrypted',
          ),
        },
      };
    }),
  );
  const expires_at = new Date(now.getTime() + config.policy.quoteMs);
  const deals = await Promise.all(
    people.map(async ({ user, account }) => {
      const id = uuid();
      return {
        ...{ id, deal_no: dealNoOf(now, randomBytes(DEAL_NO_RANDOM_BYTES)), user_id: user.id },
        ...{ recipient_id: account.id, principal: PRINCIPAL, fee: FEE, fee_bps: 300, total: PRINCIPAL + FEE },
        ...{ purpose: 'bench', expires_at, memo_encrypted: await sealed('PLIC', 'deals', id, 'memo_encrypted') },
      };
    }),
  );
  await db.transaction(async (trx) => {
    const created = { deal_version: 1, to_state: 'PENDING', actor: 'payer', cause: 'created' };
    await trx.batchInsert(
      'users',
      people.map(({ user }) => user),
    );
    await trx.batchInsert(
      'cards',
      people.map(({ card }) => card),
    );
    await trx.batchInsert(
      'bank_accounts',
      people.map(({ account }) => account),
    );
    await trx.batchInsert('deals', deals);
    await trx.batchInsert(
      'deal_events',
      deals.map(({ id }) => ({ deal_id: id, ...created })),
    );
  });
  return deals.map((deal, index) => ({
    header: {
      dealId: deal.id as DealId,
      dealNo: deal.deal_no,
      payerId: deal.user_id,
      createdDay: kstDayOf(now),
      amountBand: amountBandOf(PRINCIPAL),
    },
    confirm: { attempt: 1, cardId: people[index]?.card.id ?? '', ...DEVICE },
  }));
}
