/** Where the contracts can be read in two ways, the sandboxes live either. */
import { startBank } from '../../infra/sandbox/bank';
import { startSoftpayment } from '../../infra/sandbox/softpayment';
import { WHEN_HURRIED } from '../faults/faults';
import {
  call,
  charge,
  DAY,
  dayListOf,
  effectsOf,
  perTest,
  queryTransfer,
  registerCard,
  setFaults,
  setReadings,
  settlementOf,
  transfer,
} from './client';

const AT = Date.parse(`${DAY}T10:00:00+09:00`);
const pg = perTest(startSoftpayment, { now: () => AT });
const bank = perTest(startBank);
const readingsOf = async (url: string) => (await call(url, 'GET', '/_sandbox/readings')).body;

describe('the readings', () => {
  test('are chosen at the start, one by one while it runs, and at a reset they are the start’s again', async () => {
    expect(await readingsOf(pg.url)).toEqual({ declines: 'replayed' });
    const chosen = await startBank({ readings: { duplicateCheck: 'after-gate' } });
    expect(await readingsOf(chosen.url)).toEqual({ duplicateCheck: 'after-gate', notFoundMs: 0 });
    const changed = { duplicateCheck: 'after-gate', notFoundMs: 50 };
    expect((await setReadings(chosen.url, { notFoundMs: 50 })).body).toEqual(changed);
    expect(await readingsOf(chosen.url)).toEqual(changed);
    chosen.reset();
    expect(await readingsOf(chosen.url)).toEqual({ duplicateCheck: 'after-gate', notFoundMs: 0 });
    await chosen.close();
  });

  test.each([{ duplicateCheck: 'never' }, { declines: 'replayed' }, { notFoundMs: -1 }, ['after-gate']])(
    'that are none are refused, and those that were stay: %j',
    async (wrong) => {
      await setReadings(bank.url, { notFoundMs: 50 });
      expect(await setReadings(bank.url, wrong)).toMatchObject({ status: 400, body: { code: 'INVALID_READINGS' } });
      expect(await readingsOf(bank.url)).toEqual({ duplicateCheck: 'before-gate', notFoundMs: 50 });
    },
  );
});

describe('a declined orderId that is sent again', () => {
  const decline = (orderId: string) => ({ fault: 'decline', times: 1, match: { orderId } });

  test('is declined for ever where declines are replayed', async () => {
    const card = await registerCard(pg.url);
    await setFaults(pg.url, [decline('D1-1')]);
    const first = await charge(pg.url, card, 'D1-1');
    expect(first.body).toMatchObject({ status: 'FAILED', code: 'PROVIDER_ERROR' });
    expect((await charge(pg.url, card, 'D1-1')).body).toEqual(first.body);
    expect(await effectsOf(pg.url)).toEqual([]);
  });

  test('may charge where it is judged anew, once and under a paymentKey of its own', async () => {
    await setReadings(pg.url, { declines: 'judged-anew' });
    const card = await registerCard(pg.url);
    await setFaults(pg.url, [decline('D1-1')]);
    const first = await charge(pg.url, card, 'D1-1');
    const second = await charge(pg.url, card, 'D1-1');
    expect([first.body.status, second.body.status]).toEqual(['FAILED', 'DONE']);
    expect(second.body.paymentKey).not.toBe(first.body.paymentKey);
    expect((await charge(pg.url, card, 'D1-1')).body).toEqual(second.body);
    expect(await effectsOf(pg.url)).toEqual([['charged', 103_000]]);
    expect(await settlementOf(pg.url, DAY)).toMatchObject([{ orderId: 'D1-1', paymentKey: second.body.paymentKey }]);
  });

  test('is declined anew at a card that has no money', async () => {
    await setReadings(pg.url, { declines: 'judged-anew' });
    const card = await registerCard(pg.url, '0101');
    const keys = new Set();
    for (let n = 0; n < 3; n++) keys.add((await charge(pg.url, card, 'D1-1')).body.paymentKey);
    expect(keys.size).toBe(3);
    expect(await effectsOf(pg.url)).toEqual([]);
  });

  test('is judged anew alone where a rule names it', async () => {
    const card = await registerCard(pg.url);
    const anew = { fault: 'judged-anew', match: { orderId: 'D1-1' } };
    await setFaults(pg.url, [decline('D1-1'), decline('D2-1'), anew]);
    const statuses = [];
    for (const orderId of ['D1-1', 'D2-1', 'D1-1', 'D2-1']) {
      statuses.push((await charge(pg.url, card, orderId)).body.status);
    }
    expect(statuses).toEqual(['FAILED', 'FAILED', 'DONE', 'FAILED']);
  });
});

describe.each(['replayed', 'judged-anew'])('declines %s:', (declines) => {
  beforeEach(() => setReadings(pg.url, { declines }));

  test('an orderId that was charged never answers FAILED', async () => {
    const card = await registerCard(pg.url);
    const first = await charge(pg.url, card, 'D1-1');
    await setFaults(pg.url, [{ fault: 'decline' }]);
    expect((await charge(pg.url, card, 'D1-1')).body).toEqual(first.body);
  });

  test('an orderId that was declined keeps its amount and card', async () => {
    await charge(pg.url, await registerCard(pg.url, '0101'), 'D1-1');
    expect((await charge(pg.url, await registerCard(pg.url), 'D1-1')).body.code).toBe('DUPLICATED_ORDER_ID');
  });

  test('a decline that succeeds late and is sent again meanwhile charges once', async () => {
    const card = await registerCard(pg.url);
    await setFaults(pg.url, [{ fault: 'late-success', times: 1, delayMs: WHEN_HURRIED }]);
    await charge(pg.url, card, 'D1-1');
    const meanwhile = await charge(pg.url, card, 'D1-1');
    expect(meanwhile.body.status).toBe(declines === 'replayed' ? 'FAILED' : 'DONE');
    pg.hurry('D1-1');
    expect((await charge(pg.url, card, 'D1-1')).body).toMatchObject({ status: 'DONE' });
    expect(await effectsOf(pg.url)).toEqual([['charged', 103_000]]);
  });
});

describe('the gate', () => {
  const SHUT: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['901', () => call(bank.url, 'PUT', '/_sandbox/balance', { balance: 0 })],
    ['902', () => setFaults(bank.url, [{ fault: 'bank-closed' }])],
    ['903', () => setFaults(bank.url, [{ fault: 'bank-busy' }])],
  ];
  const acceptOne = async () => {
    await setFaults(bank.url, [{ fault: 'processing', delayMs: WHEN_HURRIED }]);
    expect((await transfer(bank.url, 'D1-T1')).body.status).toBe('processing');
  };
  const sendAgain = async () => {
    const { bankRspCode, status } = (await transfer(bank.url, 'D1-T1')).body;
    return [bankRspCode, status];
  };

  test.each(SHUT)('with %s is not asked about a known reference: DUP', async (_, shut) => {
    await acceptOne();
    await shut();
    expect(await sendAgain()).toEqual(['DUP', 'processing']);
  });

  test.each(SHUT)(
    'says %s to a known reference where it comes first, and the first send is paid',
    async (code, shut) => {
      await setReadings(bank.url, { duplicateCheck: 'after-gate' });
      await acceptOne();
      expect(await sendAgain()).toEqual(['DUP', 'processing']);
      await shut();
      expect(await sendAgain()).toEqual([code, 'failed']);
      expect((await queryTransfer(bank.url, 'D1-T1')).body.status).toBe('processing');
      bank.hurry('D1-T1');
      expect(await sendAgain()).toEqual([code, 'failed']);
      expect((await queryTransfer(bank.url, 'D1-T1')).body).toMatchObject({ bankRspCode: '0000', status: 'done' });
      expect(await effectsOf(bank.url)).toEqual([['transferred', 100_000]]);
    },
  );

  test('comes first alone for the reference that a rule names', async () => {
    await transfer(bank.url, 'D1-T1');
    await transfer(bank.url, 'D2-T1');
    await setFaults(bank.url, [{ fault: 'bank-closed' }, { fault: 'gate-first', match: { reference: 'D1-T1' } }]);
    expect(await sendAgain()).toEqual(['902', 'failed']);
    expect((await transfer(bank.url, 'D2-T1')).body).toMatchObject({ bankRspCode: 'DUP', status: 'done' });
  });

  test.each(['before-gate', 'after-gate'])('uses a new reference up, %s', async (duplicateCheck) => {
    await setReadings(bank.url, { duplicateCheck });
    await setFaults(bank.url, [{ fault: 'bank-busy', times: 1 }]);
    expect(await sendAgain()).toEqual(['903', 'failed']);
    expect(await sendAgain()).toEqual(['DUP', 'failed']);
    expect(await effectsOf(bank.url)).toEqual([]);
  });
});

describe('an accepted transfer that no query finds yet', () => {
  const notFoundNow = async (reference: string) => (await queryTransfer(bank.url, reference)).body.rspCode === 'A0404';

  test('is done, listed and a duplicate all the same, and found later', async () => {
    await setReadings(bank.url, { notFoundMs: WHEN_HURRIED });
    expect((await transfer(bank.url, 'D1-T1')).body.bankRspCode).toBe('0000');
    expect(await notFoundNow('D1-T1')).toBe(true);
    expect(await effectsOf(bank.url)).toEqual([['transferred', 100_000]]);
    expect(await dayListOf(bank.url)).toEqual([['D1-T1', 'done']]);
    expect((await transfer(bank.url, 'D1-T1')).body.bankRspCode).toBe('DUP');
    bank.hurry('D1-T1');
    expect((await queryTransfer(bank.url, 'D1-T1')).body.status).toBe('done');
  });

  test('stays unfound while it is carried out', async () => {
    const later = { delayMs: WHEN_HURRIED };
    await setFaults(bank.url, [
      { fault: 'not-found', ...later },
      { fault: 'processing', delayMs: 0 },
    ]);
    await transfer(bank.url, 'D1-T1');
    while ((await effectsOf(bank.url)).length === 0);
    expect(await notFoundNow('D1-T1')).toBe(true);
  });

  test('is the one that a rule names, others are found at once', async () => {
    await setFaults(bank.url, [{ fault: 'not-found', delayMs: WHEN_HURRIED, match: { reference: 'D1-T1' } }]);
    for (const reference of ['D1-T1', 'D2-T1']) await transfer(bank.url, reference);
    expect(await Promise.all(['D1-T1', 'D2-T1'].map(notFoundNow))).toEqual([true, false]);
  });
});
