/**
 * The providers' lists as received, kept as evidence and to be matched. A list is replaced as a whole, in one
 * transaction: a list that cannot be read to its end leaves the earlier one as it was. Memory holds one batch.
 */
import type { Statement } from '../../workflows/domain/providers';
import { type BankLine, CARRY_OVER_MS, type SettlementLine } from '../../workflows/domain/reconciliation';
import type { Db, Trx } from '../connection';
import { takeTurn } from './matching';

type Batches<T> = AsyncIterable<readonly T[]>;

/** One reading of a day's list. */
interface Reading {
  /** KST, `YYYY-MM-DD`. */
  readonly day: string;
  /** When it began. */
  readonly readAt: Date;
  /** The provider has explained what an earlier reading had and this one lacks; default: it is refused. */
  readonly acceptLoss?: boolean;
}

/**
 * No longer than this may a provider stay silent in the middle
 * of its list: the transaction that stores it is open meanwhile.
 */
const SILENCE_MAX = '60s';

interface List {
  readonly source: 'softpayment' | 'bank' | 'statement';
  readonly table: 'settlement_lines' | 'bank_lines' | 'statement_lines';
  readonly dayColumn: 'file_day' | 'trading_date' | 'day';
  /** What a later reading of the same day has to have again. */
  readonly identity: string;
  /** Inserts the lines of `:lines`, a JSON array, numbered from `:first`. */
  readonly insert: string;
}

const SETTLEMENT: List = {
  source: 'softpayment',
  table: 'settlement_lines',
  dayColumn: 'file_day',
  identity: 'order_id, payment_key, kind',
  insert: `insert into settlement_lines (file_day, line_no, kind, order_id, payment_key, amount, fee, net,
    at, settle_date)
    select :day, :first::int + nth - 1, kind, "orderId", "paymentKey", amount, fee, net, at, "settleDate"
    from rows from (json_to_recordset(:lines::json) as (kind text, "orderId" text, "paymentKey" text, amount int8,
      fee int8,
      net int8, at timestamptz, "settleDate" date)) with ordinality
      as l(kind, "orderId", "paymentKey", amount, fee, net, at, "settleDate", nth)`,
};
const BANK: List = {
  source: 'bank',
  table: 'bank_lines',
  dayColumn: 'trading_date',
  identity: 'reference',
  insert: `insert into bank_lines (trading_date, line_no, reference, amount, status, code, bank_code, account_last4, at)
    select :day, :first::int + nth - 1, reference, amount, status, code, "bankCode", "accountLast4", at
    from rows from (json_to_recordset(:lines::json) as (reference text, amount int8, status text, code text,
      "bankCode" text,
      "accountLast4" text, at timestamptz)) with ordinality
      as l(reference, amount, status, code, "bankCode", "accountLast4", at, nth)`,
};

const STATEMENT: List = {
  source: 'statement',
  table: 'statement_lines',
  dayColumn: 'day',
  identity: 'line_id',
  insert: `insert into statement_lines (day, line_no, line_id, kind, reference, amount, at)
    select :day, :first::int + nth - 1, id, kind, reference, amount, at
    from rows from (json_to_recordset(:lines::json) as (id text, kind text, reference text, amount int8,
      at timestamptz)) with ordinality as l(id, kind, reference, amount, at, nth)`,
};

/** Replaces the settlement file of the KST day; answers with its number of lines. */
export function storeSettlementFile(db: Db, reading: Reading, batches: Batches<SettlementLine>): Promise<number> {
  const { day } = reading;
  return db.transaction(async (trx) => {
    const lines = await replace(trx, SETTLEMENT, reading, batches);
    // What is posted stays posted: a changed file is followed by a journal of the difference.
    await trx.raw(`update settlement_days set lines = 0, net = 0 where file_day = :day`, { day });
    await trx.raw(
      `insert into settlement_days (file_day, settle_date, lines, net)
       select file_day, settle_date, count(*), sum(net)::int8 from settlement_lines where file_day = :day group by 1, 2
       on conflict (file_day, settle_date) do update set lines = excluded.lines, net = excluded.net`,
      { day },
    );
    return lines;
  });
}

/** Replaces the bank's list of the trading date; answers with its number of lines. */
export function storeBankList(db: Db, reading: Reading, batches: Batches<BankLine>): Promise<number> {
  return db.transaction((trx) => replace(trx, BANK, reading, batches));
}

/** Replaces the statement of the KST day; answers with its number of lines. */
export function storeStatement(db: Db, reading: Reading, { lines, balances }: Statement): Promise<number> {
  const { day } = reading;
  return db.transaction(async (trx) => {
    const stored = await replace(trx, STATEMENT, reading, lines);
    const { opening, closing } = balances();
    await refuseJump(trx, day, opening);
    await trx('statement_days').insert({ day, opening, closing }).onConflict('day').merge(['opening', 'closing']);
    return stored;
  });
}

async function replace<T>(trx: Trx, list: List, reading: Reading, batches: Batches<T>): Promise<number> {
  const { day, readAt, acceptLoss = false } = reading;
  await trx.raw(`set local idle_in_transaction_session_timeout = '${SILENCE_MAX}'`);
  // Two readings of one list follow one another; the later one stays.
  await trx.raw('select pg_advisory_xact_lock(hashtext(:list))', { list: `${list.source} ${day}` });
  await trx.raw(
    `create temporary table earlier on commit drop as select ${list.identity} from ${list.table}
       where ${list.dayColumn} = :day`,
    { day },
  );
  await trx(list.table)
    .where({ [list.dayColumn]: day })
    .delete();
  let lines = 0;
  for await (const batch of batches) {
    await trx.raw(list.insert, { day, first: lines + 1, lines: JSON.stringify(batch) });
    lines += batch.length;
  }
  if (!acceptLoss) await refuseLoss(trx, list, day);
  await takeTurn(trx); // a matching sees one reading of a list from its beginning to its end
  await trx.raw(`analyze ${list.table}`); // the matching follows at once, before autovacuum would have looked
  await trx('provider_lists')
    .insert({ source: list.source, day, read_at: readAt, lines })
    .onConflict(['source', 'day'])
    .merge(['read_at', 'lines']);
  return lines;
}

/** A list that lost lines proves nothing, and what was read of it stays (spec/verdicts.md, "Words"). */
async function refuseLoss(trx: Trx, { source, table, dayColumn, identity }: List, day: string): Promise<void> {
  const { rows } = await trx.raw<{ rows: { lost: string }[] }>(
    `select count(*) as lost from (select ${identity} from earlier
       except all select ${identity} from ${table} where ${dayColumn} = :day) gone`,
    { day },
  );
  const lost = Number(rows[0]?.lost);
  if (lost > 0) throw new ListShrank(`the ${source} list of ${day} lost ${lost} of the lines that it had before`);
}

/** A statement begins with what the one of the day before ended with, if that was read when its day was over. */
async function refuseJump(trx: Trx, day: string, opening: number): Promise<void> {
  const { rows } = await trx.raw<{ rows: { closing: string; day: string }[] }>(
    `select s.closing, to_char(s.day, 'YYYY-MM-DD') as day from statement_days s
     join provider_lists p on p.source = 'statement' and p.day = s.day
     where s.day = :day::date - 1 and s.closing <> :opening and p.read_at >= :ended`,
    { day, opening, ended: new Date(Date.parse(`${day}T00:00:00+09:00`) + CARRY_OVER_MS) },
  );
  const [before] = rows;
  if (!before) return;
  throw new StatementJumps(
    `the statement of ${day} begins with ${opening} won, and the one of ${before.day} ended with ${before.closing}: ` +
      'reconcile that day again first',
  );
}

/** A statement does not follow the one before it. The message is of our own words. */
class StatementJumps extends Error {
  override readonly name = 'StatementJumps';
}

/** A provider's list lacks lines of an earlier reading. The message is of our own words. */
class ListShrank extends Error {
  override readonly name = 'ListShrank';
}
