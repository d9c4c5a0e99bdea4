/** Redis is away from the API and the workers alike (F27): payers get nothing but their money back. */
import { openWay, type TcpProxy } from '../faults/tcp-proxy';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { poll } from '../fixtures/poll';
import { prepareDeal, REVIEWED, type Story, waitingDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';
import { testStack } from '../servers/stack';

type Trouble = 'cut' | 'blackHole';

let house: House;
let way: TcpProxy;
/** Made while Redis was there: nobody can be charged without it. */
let held: Record<Trouble, Story>;
let quote: Story;
let other: Story;
beforeAll(async () => {
  way = await openWay(new URL(testStack().redisUrl).host);
  house = await startHouse({ apiRedisUrl: way.through, workersRedisUrl: way.through });
  const review = () => waitingDeal(house, 'risk-review', { principal: REVIEWED });
  held = { cut: await review(), blackHole: await review() };
  [quote, other] = [await prepareDeal(house), await prepareDeal(house)];
});
afterAll(async () => {
  await house.stop();
  await way.close();
});

/** Does this while Redis is away, and waits until payers are believed again. */
async function without(trouble: Trouble, act: () => Promise<void>): Promise<void> {
  way[trouble]();
  await act().finally(way.mend);
  await poll(
    () => other.payer.call('GET', `/v1/deals/${other.id}`),
    ({ status }) => status === 200,
    { what: 'Redis is back' },
  );
}

test.each<Trouble>(['cut', 'blackHole'])(
  'Redis is away (%s): a cancel is heard, and a held deal is refunded whole',
  async (trouble) => {
    const { payer, id, dealNo, total, cardId } = held[trouble];
    await without(trouble, async () => {
      const confirmed = await payer.confirm(id, cardId);
      expect([confirmed.status, confirmed.body.code]).toEqual([503, 'unavailable']);
      const cancelled = await payer.cancel(id);
      expect([200, 202]).toContain(cancelled.status);
      expect(cancelled.body.cancelRequested).toBe(true);
      await poll(
        () => house.db('deals').where({ id }).first('status'), // told by the row: nobody may read a deal meanwhile
        ({ status }) => status === 'REFUNDED',
        { what: `deal ${dealNo} is refunded` },
      );
      const again = await payer.cancel(id);
      expect([again.status, again.body.status]).toEqual([200, 'REFUNDED']);
    });
    expect(await groundTruth(house, dealNo)).toMatchObject({ charges: 1, refunded: total, transfersOut: 0 });
    expect((await payer.deal(id)).payments).toMatchObject([{ status: 'REFUNDED', refundedAmount: total }]);
    await expectMoneyBalanced(house, dealNo);
  },
);

test('Redis is away: a quote that nobody confirmed is cancelled, by its payer alone', async () => {
  const { payer, id, dealNo } = quote;
  await without('cut', async () => {
    expect((await other.payer.cancel(id)).status).toBe(404);
    const cancelled = await payer.cancel(id);
    expect([cancelled.status, cancelled.body.status]).toEqual([200, 'CANCELLED']);
  });
  expect((await other.payer.deal(other.id)).status).toBe('PENDING');
  await expectMoneyBalanced(house, dealNo);
});
