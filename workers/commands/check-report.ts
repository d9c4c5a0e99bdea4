/** What `npm run check` prints: one line per law, then the deals that break one. Colours only on a terminal. */
import { styleText } from 'node:util';
import { PROVED_BY_TESTS } from '../../db/invariants/all';
import type { Finding, Unchecked } from '../../db/invariants/invariant';

/** Offenders shown of each law. */
const SHOWN = 20;

type Mark = 'ok' | 'BREAK' | 'unchecked' | 'test';
const COLOURS = { ok: 'green', BREAK: 'red', unchecked: 'yellow', test: 'dim' } as const;

const write = (text: string): void => void process.stdout.write(`${text}\n`);
const marked = (mark: Mark): string =>
  process.stdout.isTTY ? styleText(COLOURS[mark], mark.padEnd(9)) : mark.padEnd(9);
const count = (n: number): string => n.toLocaleString('en-US');
const counted = (n: number, noun: string): string => `${count(n)} ${noun}${n === 1 ? '' : 's'}`;
const line = (mark: Mark, id: string, name: string, rest: string): void =>
  write(`${marked(mark)} ${id.padEnd(3)} ${name.padEnd(34)} ${rest}`);

const numberOf = ({ id }: Finding): number => Number(id.slice(1));

interface Report {
  readonly findings: readonly Finding[];
  readonly unchecked: readonly Unchecked[];
}

/** Prints the report; answers with how many breaks there are. */
export function printReport({ findings, unchecked }: Report): number {
  for (const { id, name, seen, over, total, ms } of [...findings].sort((a, b) => numberOf(a) - numberOf(b)))
    line(total > 0 ? 'BREAK' : 'ok', id, name, `${count(seen)} ${over}, ${counted(total, 'break')}, ${ms} ms`);
  for (const { id, name, reason } of unchecked) line('unchecked', id, name, reason);
  for (const { id, law, test } of PROVED_BY_TESTS) line('test', id, test, law);
  for (const finding of findings) printBreaks(finding);
  const breaks = findings.reduce((sum, { total }) => sum + total, 0);
  const missing = unchecked.length > 0 ? `, ${counted(unchecked.length, 'law')} could not be checked` : '';
  write(`\n${counted(breaks, 'break')} of ${counted(findings.length, 'law')}${missing}`);
  return breaks;
}

function printBreaks({ id, name, law, total, breaks }: Finding): void {
  if (total === 0) return;
  write(`\n${id} ${name}: ${law}`);
  for (const { dealNo, dealId, fact } of breaks.slice(0, SHOWN))
    write(`  ${(dealNo ?? dealId ?? '-').padEnd(20)} ${fact}`);
  const more = total - Math.min(breaks.length, SHOWN);
  if (more > 0) write(`  … and ${count(more)} more`);
}
