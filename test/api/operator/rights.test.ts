/** Who of the operators may ask what: a column for every role, a row for every operation of operators. */
import { OPERATOR_ROLES, RIGHTS_OF } from '../../../workflows/domain/operator-roles';
import { ADMIN_OPERATIONS, ask, MATRIX } from '../access-matrix';
import { type BareApi, startBareApi } from '../bare-api';

let api: BareApi;
beforeAll(async () => {
  api = await startBareApi();
});
afterAll(() => api.stop());

const named = ADMIN_OPERATIONS.map((operation) => [operation.operationId, operation] as const);

test('the document names the right of every operation of operators', () => {
  const told = ADMIN_OPERATIONS.map((operation) => [operation.operationId, operation['x-right']]);
  expect(told.length).toBeGreaterThan(1);
  expect(Object.fromEntries(told)).toEqual(
    Object.fromEntries(ADMIN_OPERATIONS.map(({ operationId }) => [operationId, MATRIX[operationId]])),
  );
});

describe.each(named)('%s', (id, operation) => {
  const NOBODIES = {
    'nobody who is logged in': async () => undefined,
    'a payer': async () => (await api.member()).accessToken,
    'a made-up token': async () => `plicop_${'A'.repeat(43)}`,
    'an operator who logged out': async () => {
      const { call, token } = await api.operator();
      expect((await call('DELETE', '/v1/admin/sessions/current')).status).toBe(204);
      return token;
    },
  };
  test.each(Object.entries(NOBODIES))('is refused to %s', async (_, tokenOf) => {
    expect(await ask(api.url, operation, await tokenOf())).toMatchObject({ status: 401, code: 'unauthenticated' });
  });

  test.each(OPERATOR_ROLES)('is heard of the role %s, if it holds the right; else the right is named', async (role) => {
    const right = MATRIX[id];
    const { token } = await api.operator(role);
    const heard = await ask(api.url, operation, token);
    if (RIGHTS_OF[role].some((own) => own === right))
      expect(['unauthenticated', 'right-missing']).not.toContain(heard.code);
    else expect(heard).toEqual({ status: 403, code: 'right-missing', right });
  });
});
