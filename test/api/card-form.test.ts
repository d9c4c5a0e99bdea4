/** Where apps have a card entered: on a page of the PG, of which the API tells the address and nothing else. */
import { type BareApi, startBareApi } from './bare-api';

let api: BareApi;
beforeAll(async () => {
  api = await startBareApi();
});
afterAll(() => api.stop());

test('a payer is told where the card form of the PG is, as it is configured', async () => {
  const payer = await api.member();
  const { status, body } = await payer.call('GET', '/v1/card-form');
  expect([status, body]).toEqual([200, { url: api.deps.config.cardFormUrl }]);
});

test('nobody else is', async () => {
  const operator = await api.operator();
  expect(await api.call('GET', '/v1/card-form')).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
  expect(await operator.call('GET', '/v1/card-form')).toMatchObject({ status: 401 });
});
