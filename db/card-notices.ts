/** What payers are told about their cards: one that ends soon, and one that is being declined. */
import { kstDayOf } from '../workflows/domain/bank-calendar';
import { DECLINES_IN_A_ROW, isDeclining, NOT_OF_THE_CARD } from '../workflows/domain/card-declines';
import { issuerWords } from '../workflows/domain/card-issuers';
import type { Db, Trx } from './connection';
import { enqueueNotice } from './notices';

/** A card, as a notice may name it. */
interface NamedCard {
  readonly id: string;
  /** The same of every registration of one card. */
  readonly key: string;
  readonly userId: string;
  readonly issuer: string;
  readonly lastFour: string;
}
export interface EndingCard extends NamedCard {
  /** `YYYY-MM`. */
  readonly expiry: string;
}

const NAMED = `c.id, c.card_key as key, c.user_id as "userId", c.issuer, right(c.masked_number, 4) as "lastFour"`;
const shownOf = ({ issuer, lastFour }: NamedCard) => ({ issuer: issuerWords(issuer), lastFour });

/** Of a card and the month in which it ends, once. */
const EXPIRING = `'card-expiring:' || c.user_id || ':' || c.card_key || ':' || c.expiry`;

/**
 * Up to `most` cards of members, after one in the order of ids, that end in these months and whose payers were not
 * told. A card that was registered anew with a later month ends then.
 */
export async function endingCards(
  db: Db,
  { from, to, after, most }: { from: string; to: string; after: string | null; most: number },
): Promise<EndingCard[]> {
  const { rows } = await db.raw<{ rows: EndingCard[] }>(
    `select ${NAMED}, c.expiry from cards c join users u on u.id = c.user_id and u.deleted_at is null
     where c.deleted_at is null and c.expiry between :from and :to and (:after::uuid is null or c.id > :after::uuid)
       and not exists (select 1 from notices n where n.event = ${EXPIRING})
       and not exists (select 1 from cards o where o.card_key = c.card_key and o.user_id = c.user_id
         and o.deleted_at is null and (o.expiry > c.expiry or o.expiry = c.expiry and o.id < c.id))
     order by c.id limit :most`,
    { from, to, after, most },
  );
  return rows;
}

/** Tells the payer that the card ends soon; once, however often it is registered. */
export async function tellCardExpiring(db: Db, card: EndingCard): Promise<void> {
  const { userId, key, expiry } = card;
  await enqueueNotice(db, {
    ...{ template: 'card-expiring', event: `${userId}:${key}:${expiry}`, userId },
    params: { ...shownOf(card), expiry },
  });
}

const LATEST = `
select p.decline_code as code from cards c cross join lateral (
  select decline_code, created_at from payments
  where card_id = c.id and status <> 'PENDING' and (decline_code is null or decline_code <> all(:others))
  order by created_at desc limit :most) p
where c.user_id = :userId and c.card_key = :key order by p.created_at desc limit :most`;

/** Tells the payer that the card is being declined, if its last attempts say so; once a KST day. */
export async function tellIfDeclining(trx: Trx, cardId: string, at: Date): Promise<void> {
  const { rows: cards } = await trx.raw<{ rows: NamedCard[] }>(`select ${NAMED} from cards c where c.id = ?`, [cardId]);
  const [card] = cards;
  if (!card) throw new Error(`no card ${cardId}`);
  const { userId, key } = card;
  const { rows } = await trx.raw<{ rows: { code: string | null }[] }>(LATEST, {
    ...{ userId, key, others: [...NOT_OF_THE_CARD], most: DECLINES_IN_A_ROW },
  });
  if (!isDeclining(rows.map(({ code }) => code))) return;
  const event = `${userId}:${key}:${kstDayOf(at)}`;
  await enqueueNotice(trx, { template: 'card-declining', event, userId, params: shownOf(card) });
}
