/** What the database lets the application and readers do, beside what it should (tables.ts). */
import type { Db } from '../connection';
import { APP_ROLE, APP_SEQUENCES, APP_TABLES, READ_ROLE } from './tables';

interface Right {
  readonly role: string;
  readonly kind: 'table' | 'sequence' | 'schema' | 'database';
  /** Its name; null: the database that is looked at. */
  readonly object: string | null;
  /** Null: all of them. */
  readonly col: string | null;
  readonly privilege: string;
}

const onTable = (role: string, object: string, privilege: string, col: string | null = null): Right => ({
  ...{ role, kind: 'table', object, privilege, col },
});

function rightsOnTables(): Right[] {
  return Object.entries(APP_TABLES).flatMap(([table, { adds, changes = [], deletes, analyzes }]) => [
    onTable(READ_ROLE, table, 'SELECT'),
    onTable(APP_ROLE, table, 'SELECT'),
    ...(adds ? [onTable(APP_ROLE, table, 'INSERT')] : []),
    ...(changes === 'any'
      ? [onTable(APP_ROLE, table, 'UPDATE')]
      : changes.map((col) => onTable(APP_ROLE, table, 'UPDATE', col))),
    ...(deletes ? [onTable(APP_ROLE, table, 'DELETE')] : []),
    ...(analyzes ? [onTable(APP_ROLE, table, 'MAINTAIN')] : []),
  ]);
}

function rightsElsewhere(): Right[] {
  const whole = { object: null, col: null };
  return [
    ...[APP_ROLE, READ_ROLE].flatMap((role): Right[] => [
      { ...whole, role, kind: 'database', privilege: 'CONNECT' },
      { ...whole, role, kind: 'schema', object: 'public', privilege: 'USAGE' },
    ]),
    // Reconciliation matches in temporary tables, which end with their transaction.
    { ...whole, role: APP_ROLE, kind: 'database', privilege: 'TEMPORARY' },
    ...APP_SEQUENCES.map(
      (object): Right => ({ ...whole, role: APP_ROLE, kind: 'sequence', object, privilege: 'USAGE' }),
    ),
  ];
}

/** Of the query below: what should be, as JSON. */
export const WANTED_RIGHTS = { wanted: JSON.stringify([...rightsOnTables(), ...rightsElsewhere()]) };

/**
 * Whose rights are looked at: the two roles, their logins, and everybody, which they are too. Of what everybody has by
 * birth, to connect and to name what is in the schema may stay. Functions that have the rights of their owner are
 * nobody's but retention's, which grants them itself (migration 0027).
 */
const COMPARED = `
  wanted as (
    select w.role, w.kind, coalesce(w.object, current_database()) as object, w.col, w.privilege
    from jsonb_to_recordset(:wanted::jsonb) w (role text, kind text, object text, col text, privilege text)
    where w.kind not in ('table', 'sequence') or to_regclass(format('public.%I', w.object)) is not null),
  roles as (select oid, rolname::text as name from pg_roles where rolname in ('${APP_ROLE}', '${READ_ROLE}')),
  holders as (
    select oid, name, quote_ident(name) as ident from roles
    union select u.oid, u.rolname, quote_ident(u.rolname) from pg_auth_members m join roles r on r.oid = m.roleid
      join pg_roles u on u.oid = m.member where m.inherit_option
    union select 0, 'everybody', 'public'),
  objects as (
    select case relkind when 'S' then 'sequence' else 'table' end as kind, relname::text as object, null::text as col,
      relowner as owner,
      coalesce(relacl, acldefault(case relkind when 'S' then 's' else 'r' end::"char", relowner)) as acl
      from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    union all select 'table', c.relname, a.attname, c.relowner, a.attacl from pg_attribute a
      join pg_class c on c.oid = a.attrelid where c.relnamespace = 'public'::regnamespace and a.attacl is not null
    union all select 'schema', nspname, null, nspowner, coalesce(nspacl, acldefault('n', nspowner))
      from pg_namespace where nspname = 'public'
    union all select 'database', datname, null, datdba, coalesce(datacl, acldefault('d', datdba))
      from pg_database where datname = current_database()
    union all select 'function', oid::regprocedure::text, null, proowner, coalesce(proacl, acldefault('f', proowner))
      from pg_proc where pronamespace = 'public'::regnamespace and prosecdef),
  given as (
    select h.name as role, h.ident, o.kind, o.object, o.col, a.privilege_type as privilege, a.is_grantable
    from objects o cross join lateral aclexplode(o.acl) a join holders h on h.oid = a.grantee
    where a.grantee <> o.owner),
  wrong as (
    select 'may' as verb, 'revoke' as act, 'from' as whom, role, ident, kind, object, col, privilege from given g
      where not exists (select from wanted w where (w.role, w.kind, w.object, w.privilege)
          = (g.role, g.kind, g.object, g.privilege) and w.col is not distinct from g.col)
        and (role, kind, privilege) not in (('everybody', 'schema', 'USAGE'), ('everybody', 'database', 'CONNECT'))
    union all select 'may pass on', 'revoke grant option for', 'from', role, ident, kind, object, col, privilege
      from given where is_grantable
    union all select 'may not', 'grant', 'to', role, role, kind, object, col, privilege from wanted w
      where not exists (select from given g where (w.role, w.kind, w.object, w.privilege)
          = (g.role, g.kind, g.object, g.privilege) and w.col is not distinct from g.col))`;

/** Each difference: in words, and the statement that mends it. */
export const WRONG_RIGHTS = `
  with ${COMPARED}
  select format('%s %s %s on %s %s', role, verb, privilege || coalesce(' (' || col || ')', ''), kind, object) as fact,
    format('%s %s on %s %s %s %s', act, privilege || coalesce(' (' || quote_ident(col) || ')', ''), kind,
      case kind when 'function' then object when 'table' then format('public.%I', object)
        when 'sequence' then format('public.%I', object) else quote_ident(object) end, whom, ident) as statement
  from wrong`;

/** What makes the roles, or a login of theirs, more than that, in words; no statement of ours mends it. */
export const TOO_MIGHTY = `
  with ${COMPARED}
  select format('role %s is missing', n) as fact from (values ('${APP_ROLE}'), ('${READ_ROLE}')) v (n)
    where n not in (select name from roles)
  union all select format('%s %s', h.name, f.what) from holders h join pg_roles r on r.oid = h.oid
    cross join lateral (values (r.rolsuper, 'is a superuser'), (r.rolcreaterole, 'may create roles'),
      (r.rolcreatedb, 'may create databases'), (r.rolbypassrls, 'passes by policies of rows'),
      (r.rolreplication, 'may replicate'), (r.rolcanlogin and h.oid in (select oid from roles), 'may log in'))
      f (holds, what) where f.holds
  union all select format('%s is a member of %s', h.name, r.rolname) from holders h
    join pg_auth_members m on m.member = h.oid join pg_roles r on r.oid = m.roleid
    where h.oid in (select oid from roles) or r.rolname not in ('${APP_ROLE}', '${READ_ROLE}', 'plic_retention')
  union all select distinct format('%s may take on plic_retention', u.rolname) from pg_roles u
    join pg_roles ours on ours.rolname in ('${APP_ROLE}', '${READ_ROLE}') and ours.oid <> u.oid
      and (pg_has_role(u.oid, ours.oid, 'USAGE') or pg_has_role(u.oid, ours.oid, 'SET'))
    join pg_roles r on r.rolname = 'plic_retention' and pg_has_role(u.oid, r.oid, 'MEMBER') where not u.rolsuper
  union all select format('%s owns %s', h.name, o.what) from holders h join (
      select relowner as owner, relname::text as what from pg_class where relpersistence <> 't'
      union all select proowner, oid::regprocedure::text from pg_proc
      union all select nspowner, 'schema ' || nspname from pg_namespace
      union all select datdba, 'database ' || datname from pg_database where datname = current_database()) o
    on o.owner = h.oid
  union all select format('%s may set %s', h.name, p.parname) from pg_parameter_acl p
    cross join lateral aclexplode(p.paracl) a join holders h on h.oid = a.grantee
  union all select format('function %s has the rights of its owner, and the search path of its caller',
      oid::regprocedure) from pg_proc where pronamespace = 'public'::regnamespace and prosecdef
    and not exists (select from unnest(proconfig) c where c like 'search_path=%')`;

/** Rights that are not as they should be, with the statements that mend them. */
export async function wrongRights(db: Db): Promise<{ readonly fact: string; readonly statement: string }[]> {
  const { rows } = await db.raw<{ rows: { fact: string; statement: string }[] }>(WRONG_RIGHTS, WANTED_RIGHTS);
  return rows;
}
