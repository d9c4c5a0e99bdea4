/**
 * An API that dies at each moment of a confirm (fault F7): the payer, whose connection broke, repeats the request with the same
 * Idempotency-Key. The three that die holding the key leave it to the repeat once their lease is over.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { API_POINTS, ARMS_VARIABLE, type Failpoint } from '../faults/failpoint-names';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import type { Answer, DealView, Payer } from '../fixtures/payer';
import { poll } from '../fixtures/poll';
import { type ProcessHouse, startProcesses } from '../servers/processes';
import { underFailpoints } from '../servers/programs';

interface Struck {
  readonly payer: Payer;
  readonly cardId: string;
  readonly id: string;
  readonly dealNo: string;
}

let house: ProcessHouse;
const struck = new Map<Failpoint, Struck>();

async function strike(point: Failpoint, { payer, id, cardId }: Struck): Promise<void> {
  await house.api.kill();
  house.api.start({ dieAt: point });
  await house.apiUp();
  const confirmed = payer.confirm(id, cardId, `key at ${point}`).catch(() => 'cut off');
  expect(await house.api.died()).toBe('SIGKILL');
  expect(await confirmed).toBe('cut off');
}

beforeAll(async () => {
  house = await startProcesses();
  const payer = await house.payer();
  // So many cards on one account, or accounts of one device, would be a pattern.
  const recipients = [await payer.addRecipient(), await payer.addRecipient()] as const;
  for (const [n, point] of API_POINTS.entries()) {
    const cardId = await payer.registerCard();
    const recipientId = recipients[n % 2 === 0 ? 0 : 1];
    struck.set(point, { payer, cardId, ...(await payer.createDeal(recipientId)) });
  }
  for (const [point, deal] of struck) await strike(point, deal);
  house.api.start();
  await house.apiUp();
});
afterAll(() => house.stop());

/** The payer's app repeats until the key is free and the charge is decided. */
const repeat = (point: Failpoint, { payer, id, cardId }: Struck): Promise<Answer<DealView>> =>
  poll(
    () => payer.confirm(id, cardId, `key at ${point}`),
    ({ status }) => status !== 409 && status !== 202,
    { what: `the confirm cut off at ${point} is answered` },
  );

test('every failpoint of the API is reached, in the order of the plan', () => {
  expect(house.hits()).toEqual(API_POINTS);
});

test.each(API_POINTS)('an API that dies at %s: the same key gets one charge and one answer', async (point) => {
  const deal = struck.get(point) as Struck;
  const answer = await repeat(point, deal);
  expect([answer.status, answer.body.id]).toEqual([200, deal.id]);
  const again = await repeat(point, deal);
  expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([200, 'true']);
  expect(again.body).toEqual(answer.body);
  await deal.payer.waitForStatus(deal.id, 'COMPLETED');
  expect(await groundTruth(house, deal.dealNo)).toMatchObject({ charges: 1, transfersOut: 1 });
  await expectMoneyBalanced(house, deal.dealNo);
});

const launch = (env: Record<string, string>) =>
  spawnSync(process.execPath, underFailpoints('workers/commands/migrate.ts'), {
    cwd: join(__dirname, '../..'),
    env: { ...process.env, DATABASE_URL: '', ...env },
    encoding: 'utf8',
  });

test('failpoints refuse to run in production, armed or not', () => {
  const { status, stderr } = launch({ NODE_ENV: 'production' });
  expect(status).toBe(1);
  expect(stderr).toContain('never for production');
});

test('a failpoint that does not exist is refused: it would be armed and never strike', () => {
  const { status, stderr } = launch({ [ARMS_VARIABLE]: 'chargeCard.before_lunch' });
  expect(status).toBe(1);
  expect(stderr).toContain('"chargeCard.before_lunch" is no failpoint');
});
