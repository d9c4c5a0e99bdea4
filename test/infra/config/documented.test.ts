/** docs/configuration.md and the code agree on which process reads which variable. */
import { API_PARTS } from '../../../infra/config/api';
import { CODEC_PARTS } from '../../../infra/config/codec';
import {
  ARCHIVE_PARTS,
  CHECK_PARTS,
  COMMAND_PARTS,
  KEYS_PARTS,
  MIGRATE_PARTS,
  OPERATOR_KEY_PARTS,
  OPERATOR_PARTS,
  PROVIDER_PARTS,
  SCHEDULES_PARTS,
} from '../../../infra/config/commands';
import type { Parts } from '../../../infra/config/load';
import { WORKER_PARTS } from '../../../infra/config/worker';
import { codesIn, tableUnder } from '../../tidy/tables';

/**
 * Whose settings they are, and whether it always reads them; the check asks the providers only with `--journals` or
 * `--date`, and an operator's command opens the keys only for passwords and codes.
 */
const PROCESSES: readonly (readonly [string, Parts, 'always' | 'if asked'])[] = [
  ['api', API_PARTS, 'always'],
  ['worker', WORKER_PARTS, 'always'],
  ['schedules', SCHEDULES_PARTS, 'always'],
  ['migrate', MIGRATE_PARTS, 'always'],
  ['commands', COMMAND_PARTS, 'always'],
  ['archive', ARCHIVE_PARTS, 'always'],
  ['operator', OPERATOR_PARTS, 'always'],
  ['operator', OPERATOR_KEY_PARTS, 'if asked'],
  ['keys', KEYS_PARTS, 'always'],
  ['codec', CODEC_PARTS, 'always'],
  ['check', CHECK_PARTS, 'always'],
  ['check', PROVIDER_PARTS, 'if asked'],
];

/** Of each variable: the processes that cannot start without it, and those that read it and can. */
function variables(): Map<string, { needed: string[]; optional: string[] }> {
  const found = new Map<string, { needed: Set<string>; optional: Set<string> }>();
  for (const [process, parts, when] of PROCESSES) {
    for (const part of Object.values(parts)) {
      for (const name of part.variables) {
        const row = found.get(name) ?? { needed: new Set(), optional: new Set() };
        (when === 'always' && part.needed.includes(name) ? row.needed : row.optional).add(process);
        found.set(name, row);
      }
    }
  }
  const also = ({ needed, optional }: { needed: Set<string>; optional: Set<string> }) =>
    [...optional].filter((process) => !needed.has(process));
  return new Map([...found].map(([name, row]) => [name, { needed: [...row.needed], optional: also(row) }]));
}

test('the table of variables says of each which process needs it, as the code does', () => {
  const listOf = (cell = '') => (cell === '-' ? [] : cell.split(', '));
  const documented = tableUnder('docs/configuration.md', 'Configuration').flatMap(([names = '', needed, optional]) =>
    codesIn(names).map((name): [string, object] => [name, { needed: listOf(needed), optional: listOf(optional) }]),
  );
  const byName = (rows: Iterable<readonly [string, object]>) => [...rows].toSorted(([a], [b]) => a.localeCompare(b));
  expect(byName(documented)).toEqual(byName(variables()));
});
