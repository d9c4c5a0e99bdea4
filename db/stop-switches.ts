/**
 * Stop switches: no new charges, or no new transfers, until they are lifted (docs/operations.md). The intents of both
 * legs ask in their own transaction (doubts.ts); what was begun before goes on to its end.
 */
import type { DealId } from '../workflows/domain/ids';
import type { Db } from './connection';

export type StopLeg = 'charge' | 'transfer';
/** An operator's stop and the float watch's stand side by side. */
export type StopSource = 'operator' | 'float';

export interface Stop {
  readonly leg: StopLeg;
  readonly source: StopSource;
  readonly actor: string;
  readonly reason: string;
  readonly stoppedAt: Date;
}

interface StopOrder {
  readonly leg: StopLeg;
  readonly source: StopSource;
  readonly actor: string;
  readonly reason: string;
}

/** Stops the leg; answers false when this source had stopped it already. */
export async function stopLeg(db: Db, { leg, source, actor, reason }: StopOrder): Promise<boolean> {
  return db.transaction(async (trx) => {
    const added = await trx('stop_switches')
      .insert({ leg, source, actor, reason })
      .onConflict(['leg', 'source'])
      .ignore()
      .returning('leg');
    if (added.length > 0) await trx('stop_switch_events').insert({ leg, source, action: 'stop', actor, reason });
    return added.length > 0;
  });
}

/** Lifts this source's stop; answers false when there was none. Another source's stop stays. */
export async function liftStop(db: Db, { leg, source, actor, reason }: StopOrder): Promise<boolean> {
  return db.transaction(async (trx) => {
    const lifted = await trx('stop_switches').where({ leg, source }).delete();
    if (lifted > 0) await trx('stop_switch_events').insert({ leg, source, action: 'lift', actor, reason });
    return lifted > 0;
  });
}

/** The deals that a stop of this leg holds back: charged, and not paid out. A stop of charges holds no deal. */
export async function heldDeals(db: Db, leg: StopLeg): Promise<DealId[]> {
  if (leg === 'charge') return [];
  return db('deals').where({ status: 'PAID', waiting_reason: 'operator-needed' }).orderBy('waiting_since').pluck('id');
}

/** Every stop that stands. */
export async function openStops(db: Db): Promise<Stop[]> {
  return db('stop_switches')
    .orderBy(['leg', 'source'])
    .select('leg', 'source', 'actor', 'reason', 'stopped_at as stoppedAt');
}
