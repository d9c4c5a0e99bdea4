/** How the reconciliation is shown: plain aligned text, colours only on a terminal. */
import type { Db } from '../../db/connection';
import { type Break, breaksAfter, type Facts } from '../../db/reconciliation/breaks';
import { correctionsOf } from '../../db/reconciliation/corrections';
import { BREAK_KINDS, type BreakClass } from '../../workflows/domain/breaks';
import type { CashProof, ReconciliationResult } from '../../workflows/domain/reconciliation';
import { ago, bold, printTable, write } from './deal-report';

const won = (amount: number): string => amount.toLocaleString('en-US');

/** Prints what one run found; the open breaks of all days are in it. */
export function printResult(result: ReconciliationResult): void {
  const { day, runId, sources, matched, carried, woken, opened, resolved, open, settled, cash, trialBalance } = result;
  write(bold(`\n${day}, run ${runId}`));
  const counts = {
    'settlement lines': sources.settlement,
    'payments · refunds': `${won(sources.payments)} · ${won(sources.refunds)}`,
    'bank lines': sources.bank,
    transfers: sources.transfers,
    'lines that agree': matched,
    'carried over': carried,
    'deals woken': woken,
    'breaks opened · resolved': `${opened} · ${resolved}`,
  };
  for (const [name, value] of Object.entries(counts))
    write(`  ${name.padEnd(26)}${typeof value === 'number' ? won(value) : value}`);
  const posted = settled.map(({ settleDate, fileDay, amount }) => ({
    'paid on': settleDate,
    'for the file of': fileDay,
    won: won(amount),
  }));
  printTable('Settlement posted', posted);
  printCash(day, cash);
  const rows = trialBalance.map(({ account, opening, debit, credit, closing }) => ({
    account,
    opening: won(opening),
    debit: won(debit),
    credit: won(credit),
    closing: won(closing),
  }));
  const sum = trialBalance.reduce((total, { closing }) => total + closing, 0);
  printTable(`Trial balance of ${day}: ${sum === 0 ? 'adds up to 0' : `OFF BY ${won(sum)}`}`, rows);
  const classes = Object.entries(open).map(([kind, n]) => ({
    class: kind,
    open: n,
    meaning: BREAK_KINDS[kind as BreakClass].meaning,
  }));
  printTable('Open breaks, by class', classes);
  if (classes.length === 0) write('\nno open break');
}

function printCash(day: string, cash: CashProof | null): void {
  if (cash === null) return;
  const { closing, books, explained, unexplained, items, more } = cash;
  write(`\n${bold(`Proof of cash of ${day}: ${unexplained === 0 ? 'proven' : `${won(unexplained)} UNEXPLAINED`}`)}`);
  const lines = { 'closing balance': closing, 'bank_float, our books': books, explained, unexplained };
  for (const [name, amount] of Object.entries(lines)) write(`  ${name.padEnd(26)}${won(amount)}`);
  printTable(
    'The difference, line by line',
    items.map(({ event, amount, why }) => ({ event, won: won(amount), why: why ?? 'nothing explains it' })),
  );
  if (more > 0) write(`  … and ${won(more)} smaller ones`);
}

/** Prints the breaks with what is proposed for each; answers with how many are open. */
export async function printBreaks(db: Db, only: 'open' | 'all'): Promise<number> {
  let [shown, open] = [0, 0];
  for (let page = await breaksAfter(db, 0, only); page.length > 0; ) {
    for (const one of page) printLine(one);
    shown += page.length;
    open += page.filter(({ resolvedAt }) => resolvedAt === null).length;
    page = await breaksAfter(db, page.at(-1)?.id ?? 0, only);
  }
  write(shown === 0 ? 'no break' : `${shown} shown, ${open} open`);
  return open;
}

function printLine(one: Break): void {
  const { id, class: kind, businessDay, dealNo, key, amount, openedAt, resolution, proposedFix } = one;
  write(
    `${bold(`#${id} ${kind}`)}  ${businessDay}  ${dealNo ?? 'no deal'}  ${key}  ${won(amount)} won  ` +
      `open for ${ago(openedAt)}`,
  );
  write(resolution === null ? `    fix: ${proposedFix ?? '-'}` : `    ended: ${resolution}`);
}

/** Prints one break whole, with its story. */
export function printBreak(one: Break): void {
  write(bold(`#${one.id} ${one.class}: ${BREAK_KINDS[one.class].meaning}`));
  const facts = {
    day: one.businessDay,
    deal: one.dealNo ?? 'none of ours',
    key: one.key,
    amount: `${won(one.amount)} won`,
    opened: `${one.openedAt.toISOString()} by run ${one.firstRun}, ${ago(one.openedAt)} ago`,
    'last seen': `by run ${one.lastRun}`,
    'deal woken': one.wokenAt?.toISOString() ?? '-',
    ended: one.resolvedAt ? `${one.resolvedAt.toISOString()}: ${one.resolution}` : 'no',
    'proposed fix': one.proposedFix ?? '-',
  };
  for (const [name, value] of Object.entries(facts)) write(`  ${name.padEnd(16)}${value}`);
  printSides(one.ours, one.theirs);
}

function printSides(ours: Facts | null, theirs: Facts | null): void {
  const names = [...new Set([...Object.keys(ours ?? {}), ...Object.keys(theirs ?? {})])];
  const rows = names.map((fact) => ({ fact, ours: ours?.[fact] ?? '-', provider: theirs?.[fact] ?? '-' }));
  printTable('Both sides', rows);
}

/** Prints what was posted to put the books right for this break. */
export async function printCorrections(db: Db, id: number): Promise<void> {
  const postings = await correctionsOf(db, id);
  printTable(
    'Correcting journals',
    postings.map(({ journal, account, amount }) => ({ journal, account, won: won(amount) })),
  );
}
