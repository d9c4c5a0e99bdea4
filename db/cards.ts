/** A payer's cards: Softpayment's billing keys, encrypted, with what may be shown of them. One is the default. */
import type { Knex } from 'knex';
import { type Db, isUniqueViolation, type Trx } from './connection';
import { type Page, type PageRequest, pageOf } from './cursor';
import { type Hashes, hasHash, hashColumns } from './hash-keys';

export interface Card {
  readonly id: string;
  readonly maskedNumber: string;
  readonly issuer: string;
  /** The last month in which it can be charged, `YYYY-MM`; null: nobody said. */
  readonly expiry: string | null;
  /** What the payer calls it; null: nothing. */
  readonly nicknameEncrypted: string | null;
  readonly isDefault: boolean;
  readonly createdAt: Date;
}

interface NewCard {
  readonly id: string;
  readonly userId: string;
  readonly billingKeyEncrypted: string;
  readonly billingKeyHashes: Hashes;
  readonly maskedNumber: string;
  readonly issuer: string;
  /** The PG's: one card has one, however often it is registered. Null: it told none. */
  readonly fingerprint: string | null;
  readonly expiry: string | null;
}

interface Row {
  id: string;
  user_id: string;
  billing_key_encrypted: string;
  masked_number: string;
  issuer: string;
  fingerprint: string | null;
  expiry: string | null;
  nickname_encrypted: string | null;
  is_default: boolean;
  version: number;
  created_at: Date;
  deleted_at: Date | null;
}

const fromRow = (row: Row): Card => ({
  id: row.id,
  maskedNumber: row.masked_number,
  issuer: row.issuer,
  expiry: row.expiry,
  nicknameEncrypted: row.nickname_encrypted,
  isDefault: row.is_default,
  createdAt: row.created_at,
});

/** Living cards. */
const living = (db: Db) => db<Row>('cards').whereNull('deleted_at');

/** `of-another`: a card of another payer has this billing key; `gone`: the payer is no member any more. */
type Added =
  | { readonly kind: 'added'; readonly id: string }
  | { readonly kind: 'of-another'; readonly cardId: string; readonly userId: string }
  | { readonly kind: 'gone' };

/**
 * Adds the card; a payer's only one is the default. A billing key that the payer has registered before, also one
 * removed since, keeps its first card. Under another billing key it is a card more, with the limits of the one that it
 * is: known by the PG's fingerprint, or else by payer, masked number and issuer.
 */
export async function addCard(db: Db, card: NewCard): Promise<Added> {
  const add = () => db.transaction((trx) => addLocked(trx, card));
  try {
    return await add();
  } catch (error) {
    // Another payer registered it at this moment: now their card is seen.
    if (!isUniqueViolation(error)) throw error;
    return add();
  }
}

async function addLocked(trx: Trx, card: NewCard): Promise<Added> {
  if (!(await lockPayer(trx, card.userId))) return { kind: 'gone' };
  const same = hasHash('billing_key_hash', card.billingKeyHashes);
  const [others] = await living(trx).where(same).whereNot({ user_id: card.userId }).select('id', 'user_id');
  if (others) return { kind: 'of-another', cardId: others.id, userId: others.user_id };
  // Locked: it may be about to lose its key, which a removed card does in the end, and is then found no more.
  const mine = trx<Row>('cards').where(same).where({ user_id: card.userId }).forNoKeyUpdate();
  const known = await mine.first('id', 'is_default');
  const isDefault =
    known?.is_default || !(await living(trx).where({ user_id: card.userId, is_default: true }).first('id'));
  const told = card.expiry === null ? {} : { expiry: card.expiry };
  const shown = { issuer: card.issuer, ...told, is_default: isDefault, deleted_at: null };
  if (known) {
    await trx<Row>('cards').where({ id: known.id }).update(shown).increment('version');
    return { kind: 'added', id: known.id };
  }
  const sibling = await siblingOf(trx, card);
  await trx<Row>('cards').insert({
    ...sibling,
    ...{ ...shown, id: card.id, user_id: card.userId, masked_number: card.maskedNumber },
    fingerprint: card.fingerprint,
    billing_key_encrypted: card.billingKeyEncrypted,
    ...hashColumns('billing_key_hash', card.billingKeyHashes),
  });
  return { kind: 'added', id: card.id };
}

/** What a row of the same card has in common with it; undefined: there is none. */
async function siblingOf(trx: Trx, { userId, billingKeyHashes, maskedNumber, issuer, fingerprint }: NewCard) {
  // Of two payers who register one card at once the second sees the row of the first.
  if (fingerprint !== null) await trx.raw('select pg_advisory_xact_lock(hashtextextended(?, 0))', [fingerprint]);
  // Locked: a charge of such a row, which is under way, counts before this one is made, or counts on it.
  const first = (isSame: (query: Knex.QueryBuilder) => void) =>
    trx('cards')
      .where(isSame)
      .orderBy('id')
      .forNoKeyUpdate()
      .first<Record<string, unknown> | undefined>('card_key as first_card_id', 'hour_opened_at', 'hour_charges');
  const byKey = await first(hasHash('billing_key_hash', billingKeyHashes));
  const byPrint = byKey ?? (fingerprint === null ? undefined : await first((query) => query.where({ fingerprint })));
  const shown = { user_id: userId, masked_number: maskedNumber, issuer };
  const isUnprinted = fingerprint === null ? {} : { fingerprint: null };
  return byPrint ?? first((query) => query.where({ ...shown, ...isUnprinted }));
}

/** Whoever moves the default holds the payer's row, so that there is one at any time. False: no such member. */
async function lockPayer(trx: Trx, userId: string): Promise<boolean> {
  const member = trx('users').where({ id: userId }).whereNull('deleted_at').forNoKeyUpdate();
  return (await member.first('id')) !== undefined;
}

/**
 * The card's billing key, encrypted, also of a card that its payer has removed since. Throws when there is no such
 * card, and when its key was destroyed.
 */
export async function billingKeyOf(db: Db, cardId: string): Promise<string> {
  const row = await db('cards').where({ id: cardId }).first('billing_key_encrypted');
  if (!row?.billing_key_encrypted) throw new Error(`no card ${cardId}, or none any more`);
  return row.billing_key_encrypted;
}

/** Whether the payer has this card. */
export async function ownsCard(db: Db, userId: string, cardId: string): Promise<boolean> {
  return (await findCard(db, userId, cardId)) !== undefined;
}

/** The payer's card; undefined when there is none or it is another's. */
export async function findCard(db: Db, userId: string, cardId: string): Promise<Card | undefined> {
  const row = await living(db).where({ id: cardId, user_id: userId }).first();
  return row && fromRow(row);
}

/** The payer's cards, newest first. */
export async function listCards(db: Db, userId: string, page: PageRequest): Promise<Page<Card>> {
  return pageOf(living(db).select('*'), { ...page, table: 'cards', userId }, fromRow);
}

interface CardChange {
  /** Null: it loses its name. */
  readonly nicknameEncrypted?: string | null | undefined;
  /** It becomes the default instead of the one that is. */
  readonly makeDefault: boolean;
}

/** Changes the payer's card and answers with it; undefined when there is no such card. */
export async function changeCard(
  db: Db,
  userId: string,
  cardId: string,
  { nicknameEncrypted, makeDefault }: CardChange,
): Promise<Card | undefined> {
  return db.transaction(async (trx) => {
    await lockPayer(trx, userId);
    const mine = () => living(trx).where({ id: cardId, user_id: userId });
    if (!(await mine().first('id'))) return undefined;
    if (makeDefault) await living(trx).where({ user_id: userId, is_default: true }).update({ is_default: false });
    const [row] = await mine()
      .update({
        ...(nicknameEncrypted !== undefined && { nickname_encrypted: nicknameEncrypted }),
        ...(makeDefault && { is_default: true }),
      })
      .increment('version')
      .returning('*');
    return row && fromRow(row as Row);
  });
}

/**
 * Removes the card from the payer's sight; a charge already under way still finds its row. Of those that are left the
 * newest becomes the default, if it was this one. False: no such card.
 */
export async function removeCard(db: Db, userId: string, cardId: string, at: Date): Promise<boolean> {
  return db.transaction(async (trx) => {
    await lockPayer(trx, userId);
    const card = await living(trx).where({ id: cardId, user_id: userId }).first('is_default');
    if (!card) return false;
    await living(trx).where({ id: cardId }).update({ deleted_at: at, is_default: false });
    if (!card.is_default) return true;
    const [next] = await living(trx)
      .where({ user_id: userId })
      .orderBy([
        { column: 'created_at', order: 'desc' },
        { column: 'id', order: 'desc' },
      ])
      .limit(1)
      .select('id');
    if (next) await trx<Row>('cards').where({ id: next.id }).update({ is_default: true });
    return true;
  });
}
