/** What an operator does first with a new account at the bank: its opening balance is booked, its first statement read. */
import { fund } from '../../api/operator/owner-funds';
import type { Db } from '../../db/connection';
import { storeStatement } from '../../db/reconciliation/lines';
import { approvedRequest } from '../fixtures/requests';

/** Before anything of a test happens, whatever its clock says. */
const FIRST_DAY = '2026-01-01';

async function* noLine(): AsyncGenerator<readonly never[]> {}

/** As `npm start` does it for its sandbox bank; and no day of the test is the first of all. */
export async function openAccount(db: Db, bankUrl: string): Promise<void> {
  const answer = await fetch(`${bankUrl}/_sandbox/opening`);
  const { reference, amount, at } = (await answer.json()) as { reference: string; amount: number; at: number };
  const deps = { db, engine: () => Promise.reject(new Error('no deal is ordered about')) };
  const order = { reference, amount, at: new Date(at).toISOString(), reason: 'the account was opened with it' };
  const request = await approvedRequest(db, { kind: 'fund', subject: reference, input: order });
  const booked = await fund.carryOut(deps, { operator: 'owner', request }, order);
  if (booked.kind !== 'done') throw new Error(booked.words);
  const reading = { day: FIRST_DAY, readAt: new Date('2026-01-02T00:30:00+09:00') };
  await storeStatement(db, reading, { lines: noLine(), balances: () => ({ opening: 0, closing: 0 }) });
}
