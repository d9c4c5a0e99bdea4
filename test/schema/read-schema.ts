/** What a migrated database tells of itself: tables with their columns, constraints, indexes and guards. */
import type { Db } from '../../db/connection';

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
}

export interface Constraint {
  /** p: primary key, u: unique, f: foreign key, c: check. */
  readonly kind: 'p' | 'u' | 'f' | 'c';
  readonly columns: readonly string[];
  /** Of a foreign key: the table that it names. */
  readonly target: string | null;
  readonly definition: string;
}

export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly constraints: readonly Constraint[];
  /** Those that no constraint made. */
  readonly indexes: readonly { readonly name: string; readonly definition: string }[];
  /** The functions of its triggers. */
  readonly guards: readonly string[];
}

type Rows<T> = { readonly rows: readonly (T & { readonly table: string })[] };

const TABLES = `select relname as name from pg_class
  where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1`;
const COLUMNS = `select attrelid::regclass::text as "table", attname as name, format_type(atttypid, atttypmod) as type,
    not attnotnull as nullable
  from pg_attribute join pg_class on pg_class.oid = attrelid
  where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and attnum > 0 and not attisdropped
  order by attrelid, attnum`;
const CONSTRAINTS = `select conrelid::regclass::text as "table", contype as kind,
    nullif(confrelid, 0)::regclass::text as target, pg_get_constraintdef(oid) as definition,
    array(select attname::text from unnest(conkey) with ordinality k(num, n)
      join pg_attribute on attrelid = conrelid and attnum = num order by n) as columns
  from pg_constraint where connamespace = 'public'::regnamespace and contype in ('p', 'u', 'f', 'c')
  order by conrelid, array_position('{p,u,f,c}'::"char"[], contype), conname`;
const INDEXES = `select indrelid::regclass::text as "table", indexrelid::regclass::text as name,
    pg_get_indexdef(indexrelid) as definition
  from pg_index join pg_class on pg_class.oid = indexrelid
  where relnamespace = 'public'::regnamespace
    and not exists (select 1 from pg_constraint where conindid = indexrelid and contype in ('p', 'u'))
  order by 2`;
const GUARDS = `select distinct tgrelid::regclass::text as "table", proname as name
  from pg_trigger join pg_proc on pg_proc.oid = tgfoid join pg_class on pg_class.oid = tgrelid
  where relnamespace = 'public'::regnamespace and not tgisinternal order by 1, 2`;

/** Every table of the schema `public`, by its name. */
export async function readSchema(db: Db): Promise<ReadonlyMap<string, Table>> {
  const { rows: tables }: { rows: { name: string }[] } = await db.raw(TABLES);
  const { rows: columns }: Rows<Column> = await db.raw(COLUMNS);
  const { rows: constraints }: Rows<Constraint> = await db.raw(CONSTRAINTS);
  const { rows: indexes }: Rows<Table['indexes'][number]> = await db.raw(INDEXES);
  const { rows: guards }: Rows<{ name: string }> = await db.raw(GUARDS);
  const read = tables.map(({ name }): [string, Table] => {
    const own = ({ table }: { table: string }) => table === name;
    const parts = { columns: columns.filter(own), constraints: constraints.filter(own), indexes: indexes.filter(own) };
    return [name, { name, ...parts, guards: guards.filter(own).map((guard) => guard.name) }];
  });
  return new Map(read);
}
