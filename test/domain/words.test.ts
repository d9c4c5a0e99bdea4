/** The words of every code, in both languages. test/db/closed-lists.test.ts holds the lists against the database's. */
import { isProcessingBankCode, isRetryableBankCode } from '../../infra/providers/bank/codes';
import { DONE_CODE, isTerminalBankCode } from '../../workflows/domain/bank-codes';
import { CAUSES } from '../../workflows/domain/causes';
import { CHARGE_REFUSALS } from '../../workflows/domain/charge-refusals';
import { DEAL_ACTIONS } from '../../workflows/domain/deal-actions';
import { DEAL_STATES, PAYMENT_STATES, TRANSFER_STATES, WAIT_REASONS } from '../../workflows/domain/deal-state';
import { WORD_TABLES } from '../../workflows/domain/words/all';
import { declineWords, TRANSFER_CODES, transferCodeWords } from '../../workflows/domain/words/codes';
import type { Words } from '../../workflows/domain/words/words';

const tables: readonly [string, Readonly<Record<string, Words>>][] = Object.entries(WORD_TABLES);
const all = tables.flatMap(([table, words]) =>
  Object.entries(words).map(([code, { ko, en }]) => ({ name: `${table} ${code}`, code, ko, en })),
);

/** What only those who run PLIC, or its providers, say. */
const OPERATORS_TERMS =
  /workflow|temporal|ledger|journal|webhook|operator|\bunknown\b|ruling|\bbatch|intent|\bleg\b|\bfloat\b|reconcil|\bPG\b|HTTP/i;
const OPERATORS_TERMS_KO = /운영자|관리자|원장|분개|대사|배치|웹훅|워크플로|멱등|전문/;

test.each(all)('$name is told in Korean and in English', ({ ko, en }) => {
  expect(ko).toMatch(/[가-힣]/);
  expect(ko).not.toMatch(/[A-Za-z]/);
  expect(en).toMatch(/^[A-Z]/);
  expect(en).not.toMatch(/[가-힣]/);
});

test.each(all)('$name says nothing that only operators understand, and never its own code', ({ code, ko, en }) => {
  expect(en).not.toMatch(OPERATORS_TERMS);
  expect(ko).not.toMatch(OPERATORS_TERMS_KO);
  if (/[\d_-]/.test(code)) expect(`${ko} ${en}`).not.toContain(code);
});

test.each([
  ['dealStatus', DEAL_STATES],
  ['paymentStatus', PAYMENT_STATES],
  ['transferStatus', TRANSFER_STATES],
  ['waitReason', WAIT_REASONS],
  ['cause', Object.keys(CAUSES)],
  ['dealAction', DEAL_ACTIONS],
] as const)('%s has the words of its list, and no other', (table, list) => {
  expect(Object.keys(WORD_TABLES[table]).sort()).toEqual([...list].sort());
});

test('every refusal of our own has words of its own', () => {
  const general = declineWords('a-code-that-nobody-knows');
  for (const code of Object.values(CHARGE_REFUSALS)) expect(declineWords(code)).not.toEqual(general);
});

test("every code of the bank that we act upon has words, and those of no other bank's lists do", () => {
  const codes = Array.from({ length: 1_000 }, (_, n) => `${n}`.padStart(3, '0'));
  const acted = [...codes, ...codes.map((code) => `0${code}`), 'VTIM'].filter(
    (code) => code === DONE_CODE || isTerminalBankCode(code) || isProcessingBankCode(code) || isRetryableBankCode(code),
  );
  expect(acted.length).toBeGreaterThan(10);
  expect(Object.keys(TRANSFER_CODES).sort()).toEqual(acted.sort());
});

test.each(['E9999', '777', '', 'DO_NOT_HONOR', 'toString'])(
  'an unknown code (%j) gets a sentence, not the code',
  (code) => {
    for (const words of [declineWords(code), transferCodeWords(code)])
      for (const text of [words.ko, words.en]) {
        expect(text).toMatch(/[.]$/);
        if (code !== '') expect(text).not.toContain(code);
      }
  },
);
