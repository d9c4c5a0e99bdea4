/**
 * Stop switches: no new charges, or no new transfers, until they are lifted (docs/operations.md). The intents of both
 * legs ask in their own transaction (doubts.ts); what was begun before goes on to its end.
 */
import type { DealId } from '../workflows/domain/ids';
import type { Db, Trx } from './connection';

export type StopLeg = 'charge' | 'transfer';
/** An operator's stop and the float watch's stand side by side. */
export type StopSource = 'operator' | 'float';

export interface Stop {
  readonly leg: StopLeg;
  readonly source: StopSource;
  readonly actor: string;
  readonly reason: string;
  readonly stoppedAt: Date;
  /** How often it was thrown. */
  readonly times: number;
}

interface StopOrder {
  readonly leg: StopLeg;
  readonly source: StopSource;
  readonly actor: string;
  readonly reason: string;
}

interface LiftOrder extends StopOrder {
  /** Of an operator's stop: what another operator approved. */
  readonly request?: string | undefined;
}

/**
 * Stops the leg; answers false when this source had stopped it already. An operator's stop that is thrown again stands
 * for that reason too, so that its lift is asked for anew.
 */
export async function stopLeg(db: Db, { leg, source, actor, reason }: StopOrder): Promise<boolean> {
  return db.transaction(async (trx) => {
    const throwing = trx('stop_switches').insert({ leg, source, actor, reason }).onConflict(['leg', 'source']);
    const again = { version: trx.raw('stop_switches.version + 1') };
    const [thrown] = await (source === 'operator' ? throwing.merge(again) : throwing.ignore()).returning('version');
    if (thrown) await trx('stop_switch_events').insert({ leg, source, action: 'stop', actor, reason });
    return thrown?.version === 1;
  });
}

/** Nobody throws or lifts an operator's stop of the leg until the transaction ends. */
export async function lockStop(trx: Trx, leg: StopLeg): Promise<void> {
  await trx('stop_switches').where({ leg, source: 'operator' }).forUpdate().first('leg');
}

/** Lifts this source's stop; answers false when there was none. Another source's stop stays. */
export async function liftStop(db: Db, { leg, source, actor, reason, request }: LiftOrder): Promise<boolean> {
  return db.transaction(async (trx) => {
    const lifted = await trx('stop_switches').where({ leg, source }).delete();
    const event = { leg, source, action: 'lift', actor, reason, request_id: request ?? null };
    if (lifted > 0) await trx('stop_switch_events').insert(event);
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
    .select('leg', 'source', 'actor', 'reason', 'stopped_at as stoppedAt', 'version as times');
}
