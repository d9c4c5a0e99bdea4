import type { Db } from '../../db/connection';

/**
 * Records, from now on, which tables each committed transaction wrote to. The triggers are the test's own: they note the
 * transaction id of every row that is written, so a transaction that only reads, or that is rolled back, leaves no trace.
 */
export async function recordWrites(db: Db): Promise<{ transactions(): Promise<string[][]> }> {
  const { rows } = await db.raw(`select table_name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE' and table_name not like 'knex%'`);
  await db.raw(`create table test_writes (xid xid8 not null default pg_current_xact_id(), written text not null);
    create function note_write() returns trigger language plpgsql as $$
    begin insert into test_writes (written) values (tg_table_name); return null; end $$;`);
  for (const { table_name } of rows)
    await db.raw(`create trigger note_write after insert or update or delete on ${table_name}
      for each row execute function note_write()`);
  return {
    async transactions() {
      const found = await db.raw(`select array_agg(distinct written order by written) as tables from test_writes
        group by xid order by xid`);
      return found.rows.map((row: { tables: string[] }) => row.tables);
    },
  };
}
