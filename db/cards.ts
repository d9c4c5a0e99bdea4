/** A payer's cards: Softpayment's billing keys, encrypted, with what may be shown of them. */
import type { Db } from './connection';
import { type Page, type PageRequest, pageOf } from './cursor';

export interface Card {
  readonly id: string;
  readonly maskedNumber: string;
  readonly issuer: string;
  readonly createdAt: Date;
}

interface NewCard {
  readonly id: string;
  readonly userId: string;
  readonly billingKeyEncrypted: string;
  readonly billingKeyHash: string;
  readonly maskedNumber: string;
  readonly issuer: string;
}

interface Row {
  id: string;
  masked_number: string;
  issuer: string;
  created_at: Date;
}

const fromRow = (row: Row): Card => ({
  id: row.id,
  maskedNumber: row.masked_number,
  issuer: row.issuer,
  createdAt: row.created_at,
});

/**
 * Adds the card and answers with its id. A billing key that the payer has registered before, also one removed since,
 * keeps its first card, and with it the card's limits.
 */
export async function addCard(db: Db, card: NewCard): Promise<string> {
  const known = { user_id: card.userId, billing_key_hash: card.billingKeyHash };
  const [row] = await db('cards')
    .insert({
      ...known,
      id: card.id,
      billing_key_encrypted: card.billingKeyEncrypted,
      masked_number: card.maskedNumber,
      issuer: card.issuer,
    })
    .onConflict(['user_id', 'billing_key_hash'])
    .merge({ deleted_at: null, issuer: card.issuer })
    .returning('id');
  return row.id;
}

/**
 * The card's billing key, encrypted, also of a card that its payer has removed since. Throws when there is no such
 * card.
 */
export async function billingKeyOf(db: Db, cardId: string): Promise<string> {
  const row = await db('cards').where({ id: cardId }).first('billing_key_encrypted');
  if (!row) throw new Error(`no card ${cardId}`);
  return row.billing_key_encrypted;
}

/** Whether the payer has this card. */
export async function ownsCard(db: Db, userId: string, cardId: string): Promise<boolean> {
  const row = await db('cards').where({ id: cardId, user_id: userId }).whereNull('deleted_at').first('id');
  return row !== undefined;
}

/** The payer's cards, newest first. */
export async function listCards(db: Db, userId: string, page: PageRequest): Promise<Page<Card>> {
  const query = db('cards').select('id', 'masked_number', 'issuer', 'created_at').whereNull('deleted_at');
  return pageOf(query, { ...page, table: 'cards', userId }, fromRow);
}

/** Removes the card from the payer's sight; a charge already under way still finds its row. False: no such card. */
export async function removeCard(db: Db, userId: string, cardId: string, at: Date): Promise<boolean> {
  const mine = db('cards').where({ id: cardId, user_id: userId }).whereNull('deleted_at');
  return (await mine.update({ deleted_at: at })) === 1;
}
