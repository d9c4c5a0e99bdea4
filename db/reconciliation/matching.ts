/**
 * One matching of a day: all three sources set against each other in one transaction, and the breaks brought up to it.
 */
import type { MatchCounts } from '../../workflows/domain/reconciliation';
import type { Db, Trx } from '../connection';
import { proposeFixes, recordFound } from './breaks';
import { doubtFound } from './doubted';
import { type Bindings, bindingsOf, carryOver, type Matching, openMatching } from './found';
import { matchCash } from './match-cash';
import { matchCharges } from './match-charges';
import { matchRefunds } from './match-refunds';
import { matchRest } from './match-rest';
import { matchTransfers } from './match-transfers';

/** Matchings, and the closing of a day, follow one another: each works on all open breaks. Any constant of our own. */
const RECONCILIATION_LOCK = 7_201_002;

/** Takes the turn of this transaction; it may wait for a whole matching. */
export async function takeTurn(trx: Trx): Promise<void> {
  // Sorts and hashes of a day stay in memory up to this; beyond it PostgreSQL
  // goes to disk. Compiling these statements takes longer than running them.
  await trx.raw(`set local lock_timeout = '10min'; set local work_mem = '64MB'; set local jit = off`);
  await trx.raw('select pg_advisory_xact_lock(?)', [RECONCILIATION_LOCK]);
}

/** Takes the turn of this transaction if nobody has it; answers whether it could. */
export async function tryTurn(trx: Trx): Promise<boolean> {
  const { rows } = await trx.raw<{ rows: { ours: boolean }[] }>('select pg_try_advisory_xact_lock(?) as ours', [
    RECONCILIATION_LOCK,
  ]);
  return rows[0]?.ours === true;
}

/**
 * Matches what the lists and our rows say. Safe to repeat: the same facts give the same breaks, and open no second one.
 */
export function match(db: Db, matching: Matching): Promise<MatchCounts> {
  const bindings = bindingsOf(matching);
  return db.transaction(async (trx) => {
    await takeTurn(trx);
    await openMatching(trx);
    await matchCharges(trx, bindings);
    await matchRefunds(trx, bindings);
    await matchTransfers(trx, bindings);
    await matchRest(trx, bindings);
    await matchCash(trx, bindings); // after those whose breaks explain it
    await carryOver(trx, bindings);
    const { opened, resolved } = await recordFound(trx, bindings);
    await proposeFixes(trx, matching.runId);
    const counts = { ...(await countRows(trx, bindings)), opened: opened.length, resolved };
    await doubtFound(trx, opened); // last, since it locks deals
    return counts;
  });
}

const COUNTS = `
select (select count(*) from settlement_lines where file_day = :day) as settlement,
  (select count(*) from bank_lines where trading_date = :day) as bank,
  (select count(*) from payments where approved_at >= :from and approved_at < :until) as payments,
  (select count(*) from refunds where status = 'DONE' and decided_at >= :from and decided_at < :until) as refunds,
  (select count(*) from transfers where trading_date = :day and bank_reference is null) as transfers,
  (select count(*) from found_breaks where theirs is not null and business_day = :day
    and source <> 'cash') as amiss,
  (select count(*) from found_breaks where carried) as carried`;

async function countRows(trx: Trx, bindings: Bindings): Promise<Pick<MatchCounts, 'sources' | 'matched' | 'carried'>> {
  const { rows } = await trx.raw<{ rows: Record<string, string>[] }>(COUNTS, bindings);
  const count = (name: string) => Number(rows[0]?.[name]);
  const sources = {
    settlement: count('settlement'),
    payments: count('payments'),
    refunds: count('refunds'),
    bank: count('bank'),
    transfers: count('transfers'),
  };
  return { sources, matched: sources.settlement + sources.bank - count('amiss'), carried: count('carried') };
}
