/** `npm run risk` as operators give it: sets are listed and proposed, mistakes are told in words, the past is tested. */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { givenByTwo, loggedIn, operatorCommand } from '../fixtures/commands';
import { insertPastDecisions, pastVerdicts } from '../fixtures/past-decisions';
import { type House, startHouse } from '../servers/house';
import { testStack } from '../servers/stack';

let house: House;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house.stop());

const risk = (...args: string[]) => operatorCommand('risk', house, ...args);
const WHY = ['--reason', 'ticket 17'];
const sets = () => house.db('risk_sets').orderBy('number');

type Rule = Record<string, unknown> & { readonly id: string };
const firstSet = async (): Promise<Rule[]> => JSON.parse((await risk('show', '1', '--json')).text);
function fileOf(content: unknown): string {
  const file = join(testStack().dir, `${randomUUID()}.json`);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

test('sets are listed with the one that is active, and shown whole', async () => {
  const list = await risk('sets');
  expect(list).toEqual({ code: 0, text: expect.stringMatching(/\n {2}1 +active /) });
  const { code, text } = await risk('show', '1');
  expect(code).toBe(0);
  for (const { id } of await firstSet()) expect(text).toContain(id);
});

test('a set with mistakes is refused with all of them in words, and nothing of it is there', async () => {
  const before = await sets();
  const rules = (await firstSet()).map((rule) => (rule.id === 'user-daily-count' ? { ...rule, limit: 50 } : rule));
  const strange = { ...rules[0], id: 'of-my-own', measure: 'phaseOfTheMoon' };
  const refused = await risk('propose', fileOf([...rules, strange]), ...WHY);
  expect(refused.code).toBe(1);
  expect(refused.text).toContain('the limit can be tightened, never loosened: 1 to 5');
  expect(refused.text).toContain('of-my-own');
  const broken = await risk('propose', fileOf('[{"id": '), ...WHY);
  expect(broken).toEqual({ code: 1, text: expect.stringContaining('cannot be read as JSON') });
  const missing = await risk('propose', '/nowhere.json', ...WHY);
  expect(missing).toEqual({ code: 1, text: expect.stringContaining('/nowhere.json cannot be read') });
  expect((await risk('propose', fileOf(await firstSet()))).text).toContain('--reason is missing');
  expect(await sets()).toEqual(before);
});

test('a proposed set is active once a second person has approved it, and its time has come', async () => {
  const rules = (await firstSet()).map((rule) =>
    rule.id === 'user-daily-count' ? { ...rule, version: 2, limit: 4 } : rule,
  );
  expect(await risk('propose', fileOf(rules), ...WHY)).toMatchObject({ code: 0 });
  const at = ['--at', new Date(Date.now() + 3_600_000).toISOString()];
  expect((await givenByTwo('risk', house, 'activate', '2', ...at, ...WHY)).code).toBe(0);
  const { text } = await risk('sets');
  expect(text).toMatch(/\n {2}1 +active /);
  expect(text).toMatch(/\n {2}2 +planned /);
});

test('a set is tested on stored decisions: what it would have blocked, alerted and passed, and which were charged back', async () => {
  const COUNT = 200;
  await insertPastDecisions(house.db, COUNT);
  const told = await risk('backtest', '--set', '1', '--from', '2026-01-01', '--to', '2026-01-01');
  expect(told.code).toBe(0);
  const { BLOCK, ALERT, PASS } = pastVerdicts(COUNT);
  for (const [word, { decisions, chargedBack }] of [
    ['blocked', BLOCK],
    ['alerted', ALERT],
    ['passed', PASS],
  ] as const)
    expect(told.text).toMatch(new RegExp(`\\n {2}${word} +${decisions} +${chargedBack}\\n`));
  const wrong: readonly (readonly [string[], string])[] = [
    [['--set', '9', '--from', '2026-01-01', '--to', '2026-01-01'], 'set 9'],
    [['--set', 'one', '--from', '2026-01-01', '--to', '2026-01-01'], 'a set is named by its number'],
    [['--set', '1', '--from', '2026-01-02', '--to', '2026-01-01'], '--to must not be before --from'],
    [['--set', '1', '--to', '2026-01-01'], '--from is missing'],
  ];
  for (const [args, said] of wrong) {
    const refused = await risk('backtest', ...args);
    expect([args, refused.code, refused.text]).toEqual([args, 1, expect.stringContaining(said)]);
  }
});

test('who may see risk and not change it sees the sets, and proposes none', async () => {
  const session = await loggedIn(house.env.DATABASE_URL ?? '', 'seo', 'auditor');
  const env = { ...house.env, PLIC_OPERATOR_SESSION: session };
  expect((await operatorCommand('risk', { env }, 'sets')).code).toBe(0);
  const file = fileOf(await firstSet());
  const refused = await operatorCommand('risk', { env }, 'propose', file, ...WHY);
  expect(refused).toEqual({ code: 1, text: expect.stringContaining('lacks the right risk.rules') });
});
