/** The law that no text of a deal holds a phone number, an address or a token, and the doors that keep them out, read texts alike. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { INVARIANTS } from '../../db/invariants/all';
import { examineAll } from '../../db/invariants/invariant';
import { holdsPersonalData } from '../../workflows/domain/personal-data';
import { insertDeal, insertPerson } from '../fixtures/rows';
import { type TestDatabase, testDatabase } from '../servers/database';
import { compiled } from '../servers/programs';

const PERSONAL = [
  '010-1234-5678 로 연락',
  '01012345678',
  '010 1234 5678',
  '011.123.4567',
  '+82-10-1234-5678',
  'kim@example.com',
  '월세(kim.lee@naver.com)',
  'bill_0123456789abcdef',
  'whsec_b25l',
];
const ORDINARY = [
  '11월 월세',
  '보증금 1,000,000원',
  '2026-11-25 계약',
  '2026-01-10 1010호 관리비',
  '101동 1204호 12월분',
  '중고차 12가 3456 계약금',
  '등록금 2026년 1학기',
  'rent @ Seoul 3.5%',
  'PL261125K7Q2ABCDEF',
  '계좌 110123456789',
];

let database: TestDatabase;
let deals: string[];
beforeAll(async () => {
  database = await testDatabase();
  const person = await insertPerson(database.db);
  deals = await Promise.all(Array.from({ length: 200 }, () => insertDeal(database.db, person)));
});
afterAll(() => database.drop());

/** The texts that the law finds, each written as the purpose of a deal. */
async function foundByTheLaw(texts: readonly string[]): Promise<string[]> {
  const { db } = database;
  const law = INVARIANTS.filter(({ name }) => name === 'no-person-in-the-stories');
  const names = new Map(deals.map((id, n) => [id, texts[n] ?? 'rent']));
  await db.raw(
    `update deals set purpose = given.purpose from unnest(:ids::uuid[], :texts::text[]) given(id, purpose) where deals.id = given.id`,
    { ids: [...names.keys()], texts: [...names.values()] },
  );
  const { findings } = await examineAll(db, law, { now: new Date(), stuckAfterS: 600 });
  return findings.flatMap(({ breaks }) => breaks.map(({ dealId }) => names.get(dealId ?? '') ?? 'another'));
}

test('what the law finds is what the doors refuse, and ordinary purposes are neither', async () => {
  expect(await foundByTheLaw([...PERSONAL, ...ORDINARY])).toEqual(expect.arrayContaining(PERSONAL));
  expect(PERSONAL.filter(holdsPersonalData)).toEqual(PERSONAL);
  expect(ORDINARY.filter(holdsPersonalData)).toEqual([]);
  expect(await foundByTheLaw(ORDINARY)).toEqual([]);
});

test('the law finds nothing that a door lets in, whatever the text', async () => {
  const part = fc.constantFrom(
    ...[
      '010',
      '01',
      '1',
      '82',
      '+82',
      '1234',
      '56789',
      '-',
      '.',
      ' ',
      '@',
      'a',
      'kr',
      '월세',
      'eyJ',
      'bill_',
      'ABCDEFGH',
      '0',
      '\u3000',
      '\t',
    ],
  );
  const text = fc.array(part, { minLength: 1, maxLength: 9 }).map((parts) => parts.join(''));
  const texts = [...new Set(fc.sample(text, 4_000))];
  for (let from = 0; from < texts.length; from += deals.length) {
    const some = texts.slice(from, from + deals.length);
    expect((await foundByTheLaw(some)).filter((found) => !holdsPersonalData(found))).toEqual([]);
  }
});

test('full-width digits and invisible characters hide nothing', () => {
  expect(holdsPersonalData('０１０-１２３４-５６７８')).toBe(true);
  expect(holdsPersonalData('010-12\u200b34-5678')).toBe(true);
});

test.each([
  ['deal', ['PL261125K7Q2ABCDEF', 'refund', '--reason', 'asked by kim@example.com'], '--reason'],
  ['deal', ['x', 'rule', '--reason', 'r', '--evidence', 'called 010-1234-5678'], '--evidence'],
  ['reconcile', ['accept', '1', '--reason', 'told by 010 1234 5678'], '--reason'],
])('an operator’s %s %j is refused before anything is done, without a word of it', async (command, args, option) => {
  const run = [compiled(`workers/commands/${command}.ts`), ...args];
  const env = { PATH: process.env.PATH, PLIC_DATA_DIR: '/nowhere' };
  const said = await new Promise<string>((resolve) => {
    execFile(process.execPath, run, { cwd: join(__dirname, '../..'), env }, (_, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
  expect(said).toContain(`${option} holds a phone number, an e-mail address or a token`);
  expect(said).not.toMatch(/kim@|1234/);
});
