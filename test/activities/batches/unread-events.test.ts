/** Events of a type that matters, whose claims cannot be read: never done, told to a person, and read anew by mended code. */
import { batchActivities } from '../../../activities/batches/sweeps';
import { storeEvent } from '../../../db/webhook-events';
import { createLog } from '../../../infra/log';
import { EVENT_READERS } from '../../../infra/providers/webhooks';
import { POLICIES } from '../../../workflows/domain/policy';
import type { EventReaders, ProviderNews } from '../../../workflows/domain/provider-news';
import { NO_ENGINE } from '../../api/bare-api';
import { insertDeal, insertPerson, insertTransfer } from '../../fixtures/rows';
import { type TestDatabase, testDatabase } from '../../servers/database';

let database: TestDatabase;
let dealId: string;
let dealNo: string;
const heard: (ProviderNews & { dealId: string })[] = [];
beforeEach(async () => {
  heard.length = 0;
  database = await testDatabase();
  const person = await insertPerson(database.db);
  dealId = await insertDeal(database.db, person);
  dealNo = (await database.db('deals').where({ id: dealId }).first('deal_no')).deal_no;
  await insertTransfer(database.db, person, dealId, { status: 'COMPLETED' });
});
afterEach(() => database.drop());

/** Money came back, told under another name for the amount. */
async function storeGarbled(eventId: string): Promise<void> {
  const data = { reference: `${dealNo}-T1`, tradingDate: '2026-03-02', won: 10_000 };
  const body = Buffer.from(JSON.stringify({ type: 'transfer.returned', data }));
  await storeEvent(database.db, { provider: 'bank', eventId, ...EVENT_READERS.bank(body) }, body);
}

function sweepWith(readers: EventReaders): Promise<{ woken: number }> {
  const engine = {
    ...NO_ENGINE,
    async resume(id: string, news?: ProviderNews) {
      if (news) heard.push({ dealId: id, ...news });
    },
  };
  const { sweepWebhookEvents } = batchActivities({
    ...{ db: database.db, engine, policy: POLICIES.production, readers },
    ...{ clock: () => new Date(), log: createLog('test', 'silent') },
  });
  return sweepWebhookEvents();
}

/** As a deploy that knows the new name reads it. */
const mended: EventReaders = {
  ...EVENT_READERS,
  bank: (body) => EVENT_READERS.bank(Buffer.from(Buffer.from(body).toString().replace('"won"', '"amount"'))),
};
const open = () => database.db('pg_webhook_events').whereNull('processed_at').orderBy('event_id').pluck('event_id');
const tasks = () => database.db('operator_tasks').whereNull('closed_at').select('deal_id', 'reason', 'detail');

test('events that cannot be read stay open and are one task, and are heard once the code can read them', async () => {
  for (const eventId of ['evt_1', 'evt_2']) await storeGarbled(eventId);
  for (let look = 0; look < 2; look++) expect(await sweepWith(EVENT_READERS)).toEqual({ woken: 0 });
  expect(await open()).toEqual(['evt_1', 'evt_2']);
  const detail = '2, the oldest: bank transfer.returned evt_1';
  expect(await tasks()).toEqual([{ deal_id: null, reason: 'event-unreadable', detail }]);
  await sweepWith(mended);
  await sweepWith(mended); // what was read in the very moment of the look before is due now
  expect(heard).toContainEqual({ dealId, leg: 'transfer', attempt: 1 });
  expect(await tasks()).toEqual([]);
  expect(await open()).toEqual(['evt_1', 'evt_2']); // until the bank has been asked
});

test('an event that was never readable is filed after eight days, when the lists have told, and its task closes', async () => {
  await storeGarbled('evt_1');
  await sweepWith(EVENT_READERS);
  await database.db('pg_webhook_events').update({ received_at: database.db.raw("now() - interval '9 days'") });
  await sweepWith(EVENT_READERS);
  expect([await open(), await tasks()]).toEqual([[], []]);
});

test("an event that a better reader knows to be nobody's is done", async () => {
  await storeGarbled('evt_1');
  await sweepWith({ bank: () => ({ type: 'transfer.returned', claim: null, unread: false }) });
  expect([await open(), await tasks()]).toEqual([[], []]);
});
