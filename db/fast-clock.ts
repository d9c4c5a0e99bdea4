/**
 * A clock that can be put forward, for a system on one machine (`npm start -- --fast-clock`). A schema of its own hides
 * `now()` and `clock_timestamp()` of PostgreSQL from the logins of the house, so that every statement goes by it and
 * none knows of it. What must keep real time (leases) asks `pg_catalog` by name. No migration makes it: a database
 * that it was not made in by hand cannot have it.
 */
import type { Db } from './connection';

/** How the clock stands. */
export interface FastClock {
  /** By how much it is ahead of the machine's, ms. */
  readonly aheadMs: number;
  /** How often it was moved. */
  readonly move: number;
  /** By how much it was ahead before the last move, ms. */
  readonly beforeMs: number;
  /** When it was moved last, by the clock of the machine; null: never. */
  readonly movedAt: Date | null;
  /** Everything that has to follow the last move has. */
  readonly isFollowed: boolean;
}

/** Any constant of our own. */
const MAKE_LOCK = 7_201_005;

const MAKE = `
  select pg_advisory_xact_lock(${MAKE_LOCK});
  create schema if not exists clock;
  create table if not exists clock.standing (
    one boolean primary key default true check (one),
    ahead interval not null default '0', move int not null default 0, before interval not null default '0',
    moved_at timestamptz, followed boolean not null default true, check (ahead >= before));
  create table if not exists clock.followers (process text primary key, move int not null);
  insert into clock.standing default values on conflict do nothing;
  create or replace function clock.now() returns timestamptz language sql stable
    as $$ select pg_catalog.now() + ahead from clock.standing $$;
  create or replace function clock.clock_timestamp() returns timestamptz language sql volatile
    as $$ select pg_catalog.clock_timestamp() + ahead from clock.standing $$;
  grant usage on schema clock to plic_app, plic_read, plic_retention;
  grant select on clock.standing to plic_app, plic_read, plic_retention;
  grant update (ahead, move, before, moved_at, followed) on clock.standing to plic_app;
  grant select, insert, update on clock.followers to plic_app;`;

/** What tables fill in by themselves was bound to PostgreSQL's own functions when they were made. */
const BIND_DEFAULTS = `
  do $do$
  declare d record;
  begin
    for d in
      select c.oid::regclass as place, a.attname as name, pg_get_expr(f.adbin, f.adrelid) as filled
      from pg_attrdef f join pg_class c on c.oid = f.adrelid
      join pg_attribute a on a.attrelid = f.adrelid and a.attnum = f.adnum
      where c.relnamespace = 'public'::regnamespace
        and pg_get_expr(f.adbin, f.adrelid) ~ '(^|[^.])\\m(now|clock_timestamp)\\(\\)'
    loop
      execute format('alter table %s alter column %I set default %s', d.place, d.name,
        regexp_replace(d.filled, '\\m(now|clock_timestamp)\\(\\)', 'clock.\\1()', 'g'));
    end loop;
  end $do$`;

/** Before `pg_catalog`, which would be looked in first; nobody of the house creates anything there. */
const HIDE = `
  do $do$
  declare l record;
  begin
    for l in
      select distinct m.rolname as login from pg_auth_members g
      join pg_roles r on r.oid = g.roleid join pg_roles m on m.oid = g.member
      where r.rolname in ('plic_app', 'plic_read', 'plic_retention') and m.rolcanlogin
    loop
      execute format('alter role %I in database %I set search_path = clock, pg_catalog, public',
        l.login, current_database());
    end loop;
  end $do$`;

/**
 * Makes the clock, or brings it up to date after migrations. By the owner, whose own statements do not go by it; the
 * logins of the house do from their next connection on.
 */
export async function makeFastClock(owner: Db): Promise<void> {
  await owner.transaction(async (trx) => {
    await trx.raw(MAKE);
    await trx.raw(BIND_DEFAULTS);
    await trx.raw(HIDE);
  });
}

interface Row {
  aheadMs: string;
  move: number;
  beforeMs: string;
  movedAt: Date | null;
  isFollowed: boolean;
}
const STANDING = `
  extract(epoch from ahead) * 1000 as "aheadMs", move, extract(epoch from before) * 1000 as "beforeMs",
  moved_at as "movedAt", followed as "isFollowed"`;

const toFastClock = ({ aheadMs, beforeMs, ...row }: Row): FastClock => ({
  ...row,
  ...{ aheadMs: Number(aheadMs), beforeMs: Number(beforeMs) },
});

/** Throws when this database has no clock of its own. */
export async function readFastClock(db: Db): Promise<FastClock> {
  const { rows } = await db.raw<{ rows: Row[] }>(`select ${STANDING} from clock.standing`);
  const [row] = rows;
  if (!row) throw new Error('the clock of this database is gone');
  return toFastClock(row);
}

/**
 * Puts it forward, to be so far ahead, unless it was moved since `move` or is to be followed yet; undefined then. It
 * never goes back: what was written lies in the time that was.
 */
export async function putForward(db: Db, move: number, aheadMs: number): Promise<FastClock | undefined> {
  const { rows } = await db.raw<{ rows: Row[] }>(
    `update clock.standing set before = ahead, ahead = :aheadMs::float8 * interval '1 ms', move = move + 1,
       moved_at = pg_catalog.clock_timestamp(), followed = false
     where move = :move and followed returning ${STANDING}`,
    { move, aheadMs },
  );
  return rows[0] && toFastClock(rows[0]);
}

/** Everything has followed this move. */
export async function markFollowed(db: Db, move: number): Promise<void> {
  await db.raw('update clock.standing set followed = true where move = ?', [move]);
}

/** A process goes by this move from now on. */
export async function noteFollower(db: Db, process: string, move: number): Promise<void> {
  await db.raw(
    `insert into clock.followers (process, move) values (?, ?)
     on conflict (process) do update set move = excluded.move`,
    [process, move],
  );
}

/** Which of the processes do not go by this move yet. */
export async function laggards(db: Db, processes: readonly string[], move: number): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { process: string }[] }>(
    `select process from unnest(?::text[]) as asked(process)
     where not exists (select from clock.followers f where f.process = asked.process and f.move >= ?)`,
    [[...processes], move],
  );
  return rows.map(({ process }) => process);
}
