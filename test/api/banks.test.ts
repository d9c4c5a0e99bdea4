/** What an app shows before an account is entered: the banks, and when each can be paid. */
import { type BareApi, startBareApi } from './bare-api';

let api: BareApi;
afterEach(() => api.stop());

interface Bank {
  readonly code: string;
  readonly name: { readonly ko: string; readonly en: string };
  readonly open: boolean;
  readonly closing: { readonly from: string; readonly until: string } | null;
}

/** The banks as they are told at an instant, KST. */
async function banksAt(kst: string): Promise<Map<string, Bank>> {
  api = await startBareApi({ clock: () => new Date(`${kst}+09:00`) });
  const { status, body } = await api.call('GET', '/v1/banks');
  expect(status).toBe(200);
  return new Map((body as unknown as { items: Bank[] }).items.map((bank) => [bank.code, bank]));
}

test('by day every bank is open, and tells its next maintenance', async () => {
  const banks = await banksAt('2026-03-02T12:00:00');
  expect([...banks.values()].every(({ open }) => open)).toBe(true);
  expect(banks.get('088')).toEqual({
    code: '088',
    name: { ko: '신한은행', en: 'Shinhan Bank' },
    open: true,
    closing: { from: '2026-03-02T14:30:00.000Z', until: '2026-03-02T15:30:00.000Z' },
  });
});

test('in its maintenance a bank is closed, and tells until when; Toss Bank never closes', async () => {
  const banks = await banksAt('2026-03-03T00:10:00');
  const closing = { from: '2026-03-02T14:30:00.000Z', until: '2026-03-02T15:30:00.000Z' };
  expect(banks.get('088')).toMatchObject({ open: false, closing });
  expect(banks.get('092')).toMatchObject({ open: true, closing: null });
});
