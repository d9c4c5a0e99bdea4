import { openDb } from '../../db/connection';
import { type BookedPosting, postingsOf } from '../../db/ledger';

/** Every posting of the deal so far, oldest first. */
export async function readLedger(databaseUrl: string, dealId: string): Promise<BookedPosting[]> {
  const db = openDb({ databaseUrl, poolMax: 1 });
  try {
    return await postingsOf(db, dealId);
  } finally {
    await db.destroy();
  }
}

export const sumOf = (lines: readonly BookedPosting[]): number => lines.reduce((sum, { amount }) => sum + amount, 0);

/** The ledger as a table of text: a line a posting, and the two sums that must be equal. */
export function ledgerTable(lines: readonly BookedPosting[]): string[] {
  const row = (journal: string, account: string, debit: string, credit: string) =>
    `${journal.padEnd(17)}${account.padEnd(20)}${debit.padStart(12)}${credit.padStart(12)}`;
  const number = (amount: number) => amount.toLocaleString('en-US');
  const body = lines.map(({ journal, account, amount }, index) => {
    const isNew = lines[index - 1]?.journal !== journal;
    return row(isNew ? journal : '', account, amount > 0 ? number(amount) : '', amount < 0 ? number(-amount) : '');
  });
  const debits = sumOf(lines.filter(({ amount }) => amount > 0));
  const credits = -sumOf(lines.filter(({ amount }) => amount < 0));
  return [row('journal', 'account', 'debit', 'credit'), ...body, row('', 'sum', number(debits), number(credits))];
}
