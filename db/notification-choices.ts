/** Which channels a payer wants news of deals by, and in which language they read it. */
import type { Channel, DealNewsChoice } from '../workflows/domain/notices';
import type { Language } from '../workflows/domain/words/words';
import type { Db } from './connection';
import { pushPlacesOf } from './push-subscriptions';

interface Row {
  id: string;
  deal_news_channels: Channel[];
  email_verified_at: Date | null;
  language: Language;
  email_unreachable_at: Date | null;
  deleted_at: Date | null;
}

export interface OwnChoice extends DealNewsChoice {
  /** Since when mails to them come back, or are unwanted. */
  readonly emailUnreachableAt: Date | null;
  readonly language: Language;
}

/** The choice of a payer, of one who has left too: what becomes of their money is still told. */
export async function dealNewsChoiceOf(db: Db, userId: string): Promise<OwnChoice> {
  const query = db<Row>('users').where({ id: userId });
  const row = await query.first('deal_news_channels', 'email_verified_at', 'email_unreachable_at', 'language');
  if (!row) throw new Error(`no payer ${userId}`);
  const { deal_news_channels: chosen, email_verified_at: verifiedAt, email_unreachable_at: unreachableAt } = row;
  const [place] = await pushPlacesOf(db, userId);
  return {
    ...{ chosen, emailReaches: verifiedAt !== null && unreachableAt === null, hearsPush: place !== undefined },
    ...{ emailUnreachableAt: unreachableAt, language: row.language },
  };
}

/** `channels`: at least one. */
export async function chooseDealNewsChannels(db: Db, userId: string, channels: readonly Channel[]): Promise<void> {
  await db<Row>('users')
    .where({ id: userId })
    .whereNull('deleted_at')
    .update({ deal_news_channels: [...channels] })
    .increment('version');
}
