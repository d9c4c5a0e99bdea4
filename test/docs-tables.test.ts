/** Tables that operators read in docs/ are the tables of the code: nothing is told that they cannot look up. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OPERATOR_TASKS } from '../workflows/domain/operator-tasks';

/** The rows of the table under this heading, cell by cell. */
function tableOf(document: string, heading: string): string[][] {
  const text = readFileSync(join(__dirname, '..', document), 'utf8');
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

test('the tasks that operators are told of are those of the runbook, word for word', () => {
  const tasks = Object.entries(OPERATOR_TASKS).map(([reason, { meaning, severity, of, toDo, holds, closedBy }]) => [
    `\`${reason}\``,
    meaning,
    toDo,
    of,
    severity === 'by-time' ? 'alarm, then task' : severity,
    holds.join(', ') || '-',
    closedBy,
  ]);
  expect(tableOf('docs/operations.md', 'Tasks beside the waits')).toEqual(tasks);
});
