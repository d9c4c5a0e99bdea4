/** docs/database.md as text: made from a migrated database and the words beside this file. */
import { join } from 'node:path';
import type { Constraint, Table } from './read-schema';
import type { GroupWords, TableWords } from './table-words';
import { COMMON, GROUPS, TO_COME } from './words';

export const DOCUMENT_FILE = join(__dirname, '../../docs/database.md');
const LINE_MAX = 120;
type Schema = ReadonlyMap<string, Table>;

const HEAD = `# The database

Every table of PostgreSQL as the migrations make it. Made by \`npm run db:docs\` from a migrated database and the words
in \`test/schema/\`: do not edit; \`npm run db:docs -- --check\` tells whether it is current, and a test does, too.

Types are PostgreSQL's; \`bigint\` of money is whole won. In the last column **encrypted** is ciphertext bound to its
table, row and column; **keyed hash** finds a secret without telling it; **personal** is in the clear and tells
something of a person.

Every table of ours has \`version\` and \`deleted_at\`; the two of knex have neither. Where a table is append-only its
\`deleted_at\` stays null for ever: the database refuses a change. Lines of lists as received are replaced whole.`;

/** The document. Throws when a table or a column has no words, or words are of none. */
export function databaseDocument(schema: Schema): string {
  requireWords(schema);
  const groups = Object.entries(GROUPS).map(([title, words]) => groupText(title, words, schema));
  return `${[HEAD, toCome(), ...groups].join('\n\n')}\n`;
}

const wordsOf = ({ columns }: TableWords, column: string): string | undefined => columns[column] ?? COMMON[column];

function requireWords(schema: Schema): void {
  const words: GroupWords = Object.assign({}, ...Object.values(GROUPS));
  const wanting = [...schema.values()].flatMap(({ name, columns }) => {
    const own = words[name];
    if (!own) return [name];
    return columns.filter((column) => !wordsOf(own, column.name)).map((column) => `${name}.${column.name}`);
  });
  const idle = Object.entries(words).flatMap(([name, { columns, personal = [] }]) => {
    const there = new Set(schema.get(name)?.columns.map((column) => column.name));
    const named = [...Object.keys(columns), ...personal].filter((column) => !there.has(column));
    return [...(schema.has(name) ? [] : [name]), ...named.map((column) => `${name}.${column}`)];
  });
  const come = Object.keys(TO_COME).filter((name) => schema.has(name));
  if (wanting.length > 0) throw new Error(`without words in test/schema: ${wanting.join(', ')}`);
  if (idle.length + come.length > 0)
    throw new Error(`words of nothing in test/schema: ${[...idle, ...come].join(', ')}`);
}

const toCome = (): string =>
  [
    '## To come\n',
    '| Table | For |\n|---|---|',
    ...Object.entries(TO_COME).map(([name, what]) => `| \`${name}\` | ${what} |`),
  ].join('\n');

function groupText(title: string, words: GroupWords, schema: Schema): string {
  const tables = Object.keys(words).map((name) => schema.get(name) as Table);
  const texts = tables.map((table) => tableText(table, words[table.name] as TableWords));
  return [`## ${title}`, diagram(tables), ...texts].join('\n\n');
}

/** Keys and references only: the columns are in the tables below. */
function diagram(tables: readonly Table[]): string {
  const boxes = tables.map(({ name, columns, constraints }) => {
    const keysOf = (column: string) => {
      const of = (kind: Constraint['kind'], alone = false) =>
        constraints.some((c) => c.kind === kind && c.columns.includes(column) && (!alone || c.columns.length === 1));
      return [of('p') && 'PK', of('f') && 'FK', of('u', true) && 'UK'].filter(Boolean).join(', ');
    };
    const lines = columns.map((column) => [column.type.split(' ')[0], column.name, keysOf(column.name)]);
    return [`  ${name} {`, ...lines.filter(([, , keys]) => keys).map((line) => `    ${line.join(' ')}`), '  }'].join(
      '\n',
    );
  });
  const references = tables.flatMap((table) => {
    const { name, columns, constraints } = table;
    return constraints.flatMap(({ kind, target, columns: own }) => {
      if (kind !== 'f') return [];
      const once = constraints.some((c) => 'pu'.includes(c.kind) && `${c.columns}` === `${own}`);
      const free = own.some((column) => columns.find((c) => c.name === column)?.nullable);
      return `  ${target} ${free ? '|o' : '||'}--o${once ? '|' : '{'} ${name} : "${own.join(', ')}"`;
    });
  });
  return ['```mermaid', 'erDiagram', ...boxes, ...references, '```'].join('\n');
}

function tableText({ name, columns, constraints, indexes, guards }: Table, words: TableWords): string {
  const rows = columns.map((column) => {
    const flag = flagOf(column.name, words);
    const what = [flag && `**${flag}**`, wordsOf(words, column.name)].filter(Boolean).join(': ');
    return `| \`${column.name}\` | ${column.type} | ${column.nullable ? 'null' : ''} | ${what} |`;
  });
  const rules = [
    ...constraints.map(({ definition }) => bullet(plain(definition))),
    ...indexes.map(({ definition }) => bullet(plain(definition.replace(/^CREATE (.*INDEX) (\w+) ON \S+ /, '$1 $2 ')))),
    ...guards.map((guard) => bullet(`GUARD ${guard}()`)),
  ];
  return [
    `### ${name}\n\n${words.purpose}${guards.includes('refuse_change') ? ' Append-only.' : ''}\n`,
    `| Column | Type | Null | What it is |\n|---|---|---|---|`,
    ...rows,
    ...(rules.length > 0 ? ['', ...rules] : []),
  ].join('\n');
}

function flagOf(column: string, { personal = [] }: TableWords): string | undefined {
  if (personal.includes(column)) return 'personal';
  if (column.endsWith('_encrypted')) return 'encrypted';
  return /_hash(_even)?$/.test(column) && column !== 'password_hash' ? 'keyed hash' : undefined;
}

/** SQL as people write it: no casts of literals, `in (…)` for lists of words. */
const plain = (sql: string): string =>
  sql
    .replace(/::(text|bpchar)(\[\])?/g, '')
    .replace(/= ANY \(\(?ARRAY\[([^\]]*)\]\)?\)/g, 'in ($1)')
    .replace(/^(CHECK) \((.*)\)$/, '$1 $2');

/** One entry of a list, broken where there is a space. */
function bullet(text: string): string {
  const lines: string[] = [];
  let line = '-';
  for (const word of `\`${text}\``.split(' ')) {
    if (line.length + 1 + word.length > LINE_MAX) {
      lines.push(line);
      line = ' ';
    }
    line += ` ${word}`;
  }
  return [...lines, line].join('\n');
}
