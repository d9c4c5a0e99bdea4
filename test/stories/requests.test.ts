/** A ruling by two people, through the deal's workflow: carried out once, also when its answer gets lost. */
import { give } from '../../api/operator/give';
import type { OperatorDeps, OrderAnswer } from '../../api/operator/order';
import { correctAccount } from '../../api/operator/payout-orders';
import { approve } from '../../api/operator/requests';
import { rule } from '../../api/operator/ruling';
import type { Operator } from '../../db/admin-sessions';
import type { DealEngine } from '../../infra/temporal/deal-engine';
import { faultBoard } from '../faults/faults';
import { actingAs } from '../fixtures/operator-accounts';
import { NO_ANSWERS } from '../fixtures/policy';
import { REVIEWED, type Story, waitingDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

let house: House;
let kim: Operator;
let lee: Operator;
beforeAll(async () => {
  house = await startHouse({ policy: { ...NO_ANSWERS, unknownTimetableMs: [600_000] } });
  kim = await actingAs(house.db, 'kim', 'finance');
  lee = await actingAs(house.db, 'lee', 'finance');
});
afterAll(() => house.stop());

const deps = (engine: Partial<DealEngine> = {}): OperatorDeps => ({
  db: house.db,
  engine: async () => ({ ...house.engine, ...engine }),
});

/** A transfer that the bank gave no answer about. */
async function unknown(): Promise<Story> {
  const mend = await faultBoard(house.sandboxes.bank).strike({ fault: 'error-500', match: { path: '/transfers' } });
  const story = await waitingDeal(house, 'transfer-unknown');
  await mend();
  return story;
}

const idOf = (answer: OrderAnswer): string => {
  if (answer.kind !== 'requested') throw new Error(answer.words);
  return answer.requestId;
};
async function asked({ dealNo }: Story): Promise<string> {
  const evidence = { evidence: 'seen at the bank', evidenceAt: new Date().toISOString() };
  const input = { ...evidence, leg: 'transfer', attempt: 1, verdict: 'done', reason: 'ticket 17' } as const;
  return idOf(await give(deps(), kim, rule, { about: { dealNo }, input }));
}
const standing = async (id: string) => (await house.db('operator_requests').where({ id }).first('standing')).standing;
const told = ({ id }: Story) =>
  house.db('deal_events').where({ deal_id: id, cause: 'rule' }).select('actor', { request: 'request_id' });

test('what one operator asks for moves nothing; what another approves is ruled once, in the maker’s name', async () => {
  const story = await unknown();
  const id = await asked(story);
  expect([await told(story), (await story.payer.deal(story.id)).status]).toEqual([[], 'TRANSFERRING']);
  expect(await approve(deps(), lee, id)).toMatchObject({ kind: 'done' });
  expect(await told(story)).toEqual([{ actor: 'operator:kim', request: id }]);
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  expect(await approve(deps(), lee, id)).toMatchObject({ kind: 'done' }); // again, once it has ended
  expect([await told(story), await standing(id)]).toEqual([[{ actor: 'operator:kim', request: id }], 'DONE']);
});

test('an approval that the engine does not take stays, and goes on when it is given again', async () => {
  const story = await unknown();
  const id = await asked(story);
  const away = deps({ orderAfterEnd: async () => ({ kind: 'unreachable' }) });
  expect(await approve(away, lee, id)).toMatchObject({ why: 'unreachable', words: expect.stringContaining('again') });
  expect([await standing(id), await told(story)]).toEqual(['APPROVED', []]);
  expect(await approve(deps(), lee, id)).toMatchObject({ kind: 'done' });
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  expect(await told(story)).toHaveLength(1);
});

test('an approval whose answer got lost was carried out, and says so', async () => {
  const story = await unknown();
  const id = await asked(story);
  const deaf: DealEngine['orderAfterEnd'] = async (...order) => {
    await house.engine.orderAfterEnd(...order);
    return { kind: 'pending', durable: false };
  };
  expect(await approve(deps({ orderAfterEnd: deaf }), lee, id)).toMatchObject({ kind: 'done' });
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  expect([await standing(id), (await told(story)).length]).toEqual(['DONE', 1]);
});

test('a ruling without a request, or under another deal’s, is refused by the deal itself', async () => {
  const [story, other] = [await unknown(), await unknown()];
  const request = await asked(other);
  const evidence = { evidence: 'seen at the bank', evidenceAt: new Date().toISOString() };
  const input = { ...evidence, leg: 'transfer', attempt: 1, verdict: 'done', reason: 'ticket 17' } as const;
  const by = { operator: 'kim', dealNo: story.dealNo };
  expect(await rule.carryOut(deps(), by, input)).toMatchObject({ words: expect.stringContaining('two people') });
  expect(await rule.carryOut(deps(), { ...by, request }, input)).toMatchObject({
    ...{ kind: 'refused', words: expect.stringContaining('something else') },
  });
  for (const one of [story, other]) {
    expect(await told(one)).toEqual([]);
    expect(await approve(deps(), lee, one === other ? request : await asked(one))).toMatchObject({ kind: 'done' });
    await one.payer.waitForStatus(one.id, 'COMPLETED');
  }
});

test('the account of a large deal is corrected by two, of a small one by one', async () => {
  const correct = async (story: Story) => {
    await story.waits('operator-needed');
    const input = { recipientId: await story.payer.addRecipient(), reason: 'ticket 17' };
    return { story, answer: await give(deps(), kim, correctAccount, { about: { dealNo: story.dealNo }, input }) };
  };
  const small = await correct(await waitingDeal(house, 'operator-needed', { account: '0209' }));
  expect(small.answer).toMatchObject({ kind: 'done' });
  const large = await waitingDeal(house, 'risk-review', { account: '0209', principal: REVIEWED + 1_000 });
  await large.operator.release();
  const { story, answer } = await correct(large);
  expect((await story.payer.deal(story.id)).status).toBe('TRANSFER_FAILED');
  expect(await approve(deps(), lee, idOf(answer))).toMatchObject({ kind: 'done' });
  for (const { payer, id } of [small.story, story]) await payer.waitForStatus(id, 'COMPLETED');
});
