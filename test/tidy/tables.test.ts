/** The tables of the documents say what the tables of the code say: a row more, or less, is refused on either side. */
import { join } from 'node:path';
import { ENGINE_LAW } from '../../activities/batches/engine-check';
import { INVARIANTS } from '../../db/invariants/all';
import { DAY_LAWS } from '../../db/invariants/day-lists';
import { JOURNAL_LAWS } from '../../db/invariants/journals';
import { KEPT_COLUMNS, RETENTION_RULES } from '../../db/retention/rules';
import { FAULTS } from '../../infra/sandbox/faults';
import { BATCH_NAMES, batchOf, LATE_AFTER_MIN } from '../../workflows/domain/batches';
import { BREAK_KINDS } from '../../workflows/domain/breaks';
import { DEAL_STATES, WAIT_REASONS } from '../../workflows/domain/deal-state';
import { BARRED, DOUBT_ENDS, DOUBTS } from '../../workflows/domain/doubts';
import { MINUTE_STEPS } from '../../workflows/domain/minute-steps';
import { OPERATOR_RIGHTS, OPERATOR_ROLES, RIGHTS_OF } from '../../workflows/domain/operator-roles';
import { OPERATOR_TASKS } from '../../workflows/domain/operator-tasks';
import { OPERATOR_WAITS } from '../../workflows/domain/operator-waits';
import { readMutants } from '../mutants/mutants';
import { product, read } from './sources';
import { codesIn, tableUnder } from './tables';

describe('a wait reason', () => {
  test('has its row in docs/operations.md, with what Temporal Web says of it, in the order of the code', () => {
    const rows = WAIT_REASONS.map((reason) => {
      const { meaning, movedBy, toDo } = OPERATOR_WAITS[reason];
      return [`\`${reason}\``, meaning, movedBy, toDo];
    });
    expect(tableUnder('docs/operations.md', 'Waits')).toEqual(rows);
  });

  test('is named by the README, in the order of the code', () => {
    const [, sentence = ''] = read('README.md').match(/it says why, since when,[^:]+:\n([^.]+)\./) ?? [];
    expect(codesIn(sentence)).toEqual(WAIT_REASONS);
  });

  test('is written in one list: whoever needs them all, in SQL too, makes its list of WAIT_REASONS', () => {
    const lists = product
      .filter((file) => file !== 'workflows/domain/deal-state.ts')
      .filter((file) => !file.startsWith('db/migrations/')) // literals, compared with the constants by a test of their own
      .flatMap((file) =>
        [...read(file).matchAll(/[[(](?:\s*'[\w-]+',?)+\s*[\])]/g)].map(([list]) => ({
          file,
          reasons: WAIT_REASONS.filter((reason) => list.includes(`'${reason}'`)).length,
        })),
      );
    expect(lists.filter(({ reasons }) => reasons > WAIT_REASONS.length / 2)).toEqual([]);
  });
});

test("the README's picture of a deal has every state, and no other", () => {
  const picture = read('README.md').match(/## A deal\n+```\n([\s\S]+?)```/)?.[1] ?? '';
  expect([...new Set(picture.match(/\b[A-Z_]{4,}\b/g))].sort()).toEqual([...DEAL_STATES].sort());
});

test('a class of breaks has its row in docs/reconciliation.md, with who mends it, in the order of the code', () => {
  const rows = tableUnder('docs/reconciliation.md', 'The classes').map(([name = '', , mender = '']) => [
    codesIn(name)[0],
    mender.match(/^\w+/)?.[0],
  ]);
  expect(rows).toEqual(Object.entries(BREAK_KINDS).map(([name, { mender }]) => [name, mender]));
});

test('a law is named by docs/reliability.md in the row of its number, and every name there is a law', () => {
  const laws = [...INVARIANTS, ENGINE_LAW, ...JOURNAL_LAWS, ...DAY_LAWS].map(({ id, name }) => `${id} ${name}`);
  const named = tableUnder('docs/reliability.md', 'The invariants').flatMap(([id, , queries = '']) =>
    codesIn(queries)
      .filter((code) => !code.startsWith('test/'))
      .map((name) => `${id} ${name}`),
  );
  expect(named.sort()).toEqual(laws.sort());
});

test('a planted bug has its row in docs/reliability.md, with its law, its words and its tests', () => {
  const rows = tableUnder('docs/reliability.md', 'Mutants').map((cells) => cells.join(' | '));
  const mutants = readMutants(join(__dirname, '../mutants')).map(
    ({ name, invariant, bug, tests }) =>
      `\`${name}\` | ${invariant} | ${bug} | ${tests.files.map((file) => `\`${file}\``).join(', ')}: ${tests.pattern}`,
  );
  expect(rows.toSorted()).toEqual(mutants.toSorted());
});

test('docs/reliability.md has every fault of the plan, F1 to F42, once', () => {
  const numbers = tableUnder('docs/reliability.md', 'Faults').flatMap(([id = '']) => {
    const [from = 0, to = from] = [...id.matchAll(/\d+/g)].map(Number);
    return id.includes('–') ? Array.from({ length: to - from + 1 }, (_, n) => from + n) : [...new Set([from, to])];
  });
  expect(numbers).toEqual(Array.from({ length: 42 }, (_, n) => n + 1));
});

test('a fault of the sandboxes has its row in their README, and every row is a fault', () => {
  const rows = tableUnder('infra/sandbox/README.md', 'Provider log, faults, reset (every sandbox)');
  const named = rows.flatMap(([cell = '']) => {
    const [first = '', ...others] = cell.split(', ');
    const stem = first.replace(/-[a-z]+$/, '');
    return [first, ...others.map((name) => (name.startsWith('-') ? stem + name : name))];
  });
  expect([...new Set(named)].sort()).toEqual([...FAULTS].sort());
});

test('a rule of retention has its row in docs/personal-data.md, word for word, and so has a column that stays', () => {
  const rules = Object.entries(RETENTION_RULES).map(([rule, { table, columns, term, from, why }]) => [
    ...[`\`${rule}\``, `\`${table}\``, columns.map((column) => `\`${column}\``).join(', '), term, from, why],
  ]);
  expect(tableUnder('docs/personal-data.md', 'What is destroyed')).toEqual(rules);
  const kept = tableUnder('docs/personal-data.md', 'What stays').flatMap(([columns = '', why]) =>
    codesIn(columns).map((column) => [column, why]),
  );
  expect(Object.fromEntries(kept)).toEqual(KEPT_COLUMNS);
});

test('a Schedule has its row in docs/operations.md, with what it makes up for and when it is late, as in the code', () => {
  const rows = tableUnder('docs/operations.md', 'Batches').map(([name = '', , ...more]) => [
    codesIn(name)[0],
    ...more.slice(0, 3),
  ]);
  const told = BATCH_NAMES.map((name) => {
    const { catchUp, overlap, lateAfterMin = LATE_AFTER_MIN } = batchOf(name);
    return [name, catchUp, overlap, `${lateAfterMin} min`];
  });
  expect(rows).toEqual(told);
});

test('a step of the minute has its row in docs/operations.md with its limit, in the order of the code', () => {
  const rows = tableUnder('docs/operations.md', 'The minute').map(([name = '', limit]) => [codesIn(name)[0], limit]);
  expect(rows).toEqual(Object.entries(MINUTE_STEPS).map(([name, limit]) => [name, `${limit}`]));
});

test('a task of operators has its row in docs/operations.md, word for word, in the order of the code', () => {
  const tasks = Object.entries(OPERATOR_TASKS).map(([reason, { meaning, severity, of, toDo, closedBy }]) => [
    `\`${reason}\``,
    meaning,
    toDo,
    of,
    severity === 'by-time' ? 'alarm, then task' : severity,
    closedBy,
  ]);
  expect(tableUnder('docs/operations.md', 'Tasks beside the waits')).toEqual(tasks);
});

test('docs/operators.md shows the rights of every role, and the words of every right, in the order of the code', () => {
  const rights = Object.entries(OPERATOR_RIGHTS);
  const told = ([role = '', held = '']: string[]) => [
    ...[codesIn(role)[0], held === 'all' ? rights.map(([right]) => right) : codesIn(held)],
  ];
  const roles = [...OPERATOR_ROLES, 'break-glass'] as const;
  expect(tableUnder('docs/operators.md', 'Roles').map(told)).toEqual(roles.map((role) => [role, RIGHTS_OF[role]]));
  for (const [right, words] of rights) expect(read('docs/operators.md')).toContain(`| \`${right}\` | ${words} |`);
});

test('a kind of doubt has its row in docs/operations.md, word for word, with what it bars', () => {
  const kinds = Object.entries(DOUBTS).map(([kind, { meaning, about, raisedBy, endedBy }]) => [
    `\`${kind}\``,
    meaning,
    about,
    raisedBy.join(', '),
    BARRED[about].join(', '),
    endedBy.map((by) => DOUBT_ENDS[by]).join('; '),
  ]);
  expect(tableUnder('docs/operations.md', 'Doubts')).toEqual(kinds);
});
