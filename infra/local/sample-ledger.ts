import { Client } from 'pg';

/** One posting of a deal; debit positive, credit negative, in won. */
export interface LedgerLine {
  journal: string;
  account: string;
  amount: number;
}

/** Every posting of the deal so far, oldest first. */
export async function readLedger(databaseUrl: string, dealId: string): Promise<LedgerLine[]> {
  const client = new Client({ connectionString: databaseUrl });
  client.on('error', () => undefined); // also reported by the call that was under way
  try {
    await client.connect();
    const { rows } = await client.query<{ kind: string; account: string; amount: string }>(
      `select j.kind, e.account, e.amount
         from ledger_entries e join ledger_journals j on j.id = e.journal_id
        where e.deal_id = $1 order by e.id`,
      [dealId],
    );
    return rows.map((row) => ({
      journal: row.kind,
      account: row.account,
      amount: Number(row.amount),
    }));
  } finally {
    await client.end();
  }
}

export const sumOf = (lines: readonly LedgerLine[]): number => lines.reduce((sum, { amount }) => sum + amount, 0);

/** The ledger as a table of text: a line a posting, and the two sums that must be equal. */
export function ledgerTable(lines: readonly LedgerLine[]): string[] {
  const row = (journal: string, account: string, debit: string, credit: string) =>
    `${journal.padEnd(10)}${account.padEnd(20)}${debit.padStart(12)}${credit.padStart(12)}`;
  const number = (amount: number) => amount.toLocaleString('en-US');
  const body = lines.map(({ journal, account, amount }, index) => {
    const isNew = lines[index - 1]?.journal !== journal;
    return row(isNew ? journal : '', account, amount > 0 ? number(amount) : '', amount < 0 ? number(-amount) : '');
  });
  const debits = sumOf(lines.filter(({ amount }) => amount > 0));
  const credits = -sumOf(lines.filter(({ amount }) => amount < 0));
  return [row('journal', 'account', 'debit', 'credit'), ...body, row('', 'sum', number(debits), number(credits))];
}
