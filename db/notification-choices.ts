/** Which channels a payer wants news of deals by. */
import type { Channel, DealNewsChoice } from '../workflows/domain/notices';
import type { Db } from './connection';

interface Row {
  id: string;
  deal_news_channels: Channel[];
  email_verified_at: Date | null;
  deleted_at: Date | null;
}

/** The choice of a payer, of one who has left too: what becomes of their money is still told. */
export async function dealNewsChoiceOf(db: Db, userId: string): Promise<DealNewsChoice> {
  const row = await db<Row>('users').where({ id: userId }).first('deal_news_channels', 'email_verified_at');
  if (!row) throw new Error(`no payer ${userId}`);
  return { chosen: row.deal_news_channels, emailVerified: row.email_verified_at !== null };
}

/** `channels`: at least one. */
export async function chooseDealNewsChannels(db: Db, userId: string, channels: readonly Channel[]): Promise<void> {
  await db<Row>('users')
    .where({ id: userId })
    .whereNull('deleted_at')
    .update({ deal_news_channels: [...channels] })
    .increment('version');
}
