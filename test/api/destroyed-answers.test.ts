/** An answer that was destroyed is replayed all the same: its key still counts, and what it told of is read anew. */
import { operationsOf } from '../../api/app';
import { destroyDue } from '../../db/retention/destroy';
import { type BareApi, type Member, NO_ENGINE, startBareApi } from './bare-api';

const engine = {
  ...NO_ENGINE,
  cancel: async () => ({ kind: 'refused', type: 'NotCancellable', message: '' }) as const,
};

let api: BareApi;
let payer: Member;
beforeAll(async () => {
  api = await startBareApi({ engine });
  payer = await api.member();
});
afterAll(() => api.stop());

const quote = () => ({ recipientId: payer.recipientId, principal: 100_000, purpose: '월세' });
const storedKeys = () => api.deps.db('idempotency_keys').where({ user_id: payer.userId });

/** As if every answer had been given 31 days ago. */
async function destroyAnswers(): Promise<void> {
  await storedKeys().update({ created_at: api.deps.db.raw(`now() - interval '31 days'`) });
  await destroyDue(api.deps.db, 'test', () => undefined);
}

test('the same request makes nothing new, and is told the deal as it is now', async () => {
  const first = await payer.post('/v1/deals', quote(), 'k');
  await destroyAnswers();
  expect(await storedKeys().select('response_encrypted', 'resource')).toEqual([
    { response_encrypted: null, resource: `/v1/deals/${first.body.id}` },
  ]);
  await api.deps.db('deals').where({ id: first.body.id }).update({ category: 'rent' });
  const again = await payer.post('/v1/deals', quote(), 'k');
  const now = await payer.call('GET', `/v1/deals/${first.body.id}`);
  expect([again.status, again.body]).toEqual([201, now.body]);
  expect(again.body).toMatchObject({ id: first.body.id, category: 'rent', recipient: { holderName: '김수취' } });
  for (const name of ['etag', 'content-type']) expect(again.headers.get(name)).toBe(now.headers.get(name));
  expect(again.headers.get('location')).toBe(`/v1/deals/${first.body.id}`);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect(await api.deps.db('deals').where({ user_id: payer.userId })).toHaveLength(1);
  const other = await payer.post('/v1/deals', { ...quote(), principal: 1_000 }, 'k');
  expect([other.status, other.body.code]).toEqual([422, 'idempotency-key-reused']);
});

test('a problem is told again as it was', async () => {
  const id = String((await payer.post('/v1/deals', quote(), 'p')).body.id);
  const refused = await payer.post(`/v1/deals/${id}/cancel`, {}, 'c');
  expect(refused.status).toBe(409);
  await destroyAnswers();
  expect((await payer.post(`/v1/deals/${id}/cancel`, {}, 'c')).body).toEqual(refused.body);
});

test('a deal whose recipient and words have reached their terms is still shown', async () => {
  const { body } = await payer.post('/v1/deals', quote(), 'd');
  const { db } = api.deps;
  await db.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    const gone = { personal_emptied_at: new Date(), memo_encrypted: null, purpose: '', status: 'CANCELLED' };
    await trx('deals').where({ id: body.id }).update(gone);
    const columns = { account_number_encrypted: null, account_hash: null, holder_name_encrypted: null };
    const emptied = { ...columns, emptied_at: new Date(), deleted_at: new Date() };
    await trx('bank_accounts').where({ id: payer.recipientId }).update(emptied);
  });
  const paths = [`/v1/deals/${body.id}`, '/v1/deals', `/v1/deals/${body.id}/timeline`];
  for (const path of paths) expect([path, (await payer.call('GET', path)).status]).toEqual([path, 200]);
  const shown = await payer.call('GET', paths[0] ?? '');
  expect(shown.body).toMatchObject({ purpose: '', recipient: { holderName: '', accountMasked: '****1234' } });
});

test('every request of a payer with a key tells of a deal, whose address its answer leaves behind', () => {
  const paths = operationsOf(api.deps)
    .filter(({ idempotent, path }) => idempotent && !path.startsWith('/v1/admin/'))
    .map(({ path }) => path);
  expect(paths.filter((path) => path !== '/v1/deals' && !path.startsWith('/v1/deals/{dealId}/'))).toEqual([]);
});
