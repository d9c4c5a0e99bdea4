/** Whatever an operator orders is asked for by right, and is in the audit before and after. */
import { give } from '../../../api/operator/give';
import type { OperatorDeps } from '../../../api/operator/order';
import { release } from '../../../api/operator/payout-orders';
import { lift, stop } from '../../../api/operator/stops';
import type { Operator } from '../../../db/admin-sessions';
import type { ActingRole } from '../../../workflows/domain/operator-roles';
import { insertDeal, insertPerson } from '../../fixtures/rows';
import { withoutEngine } from '../../fixtures/without-engine';
import { type TestDatabase, testDatabase } from '../../servers/database';

let database: TestDatabase;
let deps: OperatorDeps;
beforeEach(async () => {
  database = await testDatabase();
  deps = withoutEngine(database.db);
});
afterEach(() => database.drop());

const as = (role: ActingRole): Operator => ({
  ...{ id: null, handle: 'kim', role, sessionId: '', via: 'command', address: null, endsAt: new Date() },
});
const throwStop = (role: ActingRole) =>
  give(deps, as(role), stop, { about: {}, input: { leg: 'charge', reason: 'ticket 17' }, requestId: 'r-1' });
const entries = () => database.db('admin_audit_logs').orderBy('seq');

test('an order that is carried out is in the audit: who, why, what it was like before and after', async () => {
  expect(await throwStop('risk')).toMatchObject({ kind: 'done' });
  const common = { actor: 'operator:kim', role: 'risk', action: 'stop', subject_kind: 'stop', subject: 'charge' };
  expect(await entries()).toMatchObject([
    {
      ...common,
      outcome: 'asked',
      reason: 'ticket 17',
      before: { stoppedBy: [] },
      after: { asked: { leg: 'charge' } },
    },
    {
      ...common,
      outcome: 'done',
      request_id: 'r-1',
      after: { stoppedBy: ['operator'], words: 'new charges are stopped' },
    },
  ]);
});

test('whoever lacks the right changes nothing, is told which it is, and is in the audit', async () => {
  expect(await throwStop('viewer')).toMatchObject({
    kind: 'refused',
    why: 'no-right',
    words: expect.stringMatching(/stops\.throw/),
  });
  expect(await database.db('stop_switches')).toEqual([]);
  expect(await entries()).toMatchObject([
    { outcome: 'refused', after: { words: expect.stringMatching(/stops\.throw/) } },
  ]);
});

test('whoever broke the glass throws stops, and asks for a lift that lifts none', async () => {
  expect(await throwStop('break-glass')).toMatchObject({ kind: 'done' });
  const input = { leg: 'charge', reason: 'ticket 17' } as const;
  expect(await give(deps, as('break-glass'), lift, { about: {}, input })).toMatchObject({ kind: 'requested' });
  expect(await database.db('stop_switches')).toHaveLength(1);
});

test('an order that is refused, and one that fails, are in the audit as that', async () => {
  const person = await insertPerson(database.db);
  const id = await insertDeal(database.db, person);
  const { deal_no: dealNo } = await database.db('deals').where({ id }).first('deal_no');
  const order = () => give(deps, as('risk'), release, { about: { dealNo }, input: { reason: 'ticket 17' } });
  expect(await order()).toMatchObject({ kind: 'refused' });
  await database.db('deals').where({ id }).update({ confirmed_at: new Date() });
  await expect(order()).rejects.toThrow('the engine was asked for');
  expect((await entries()).map(({ outcome, subject }) => [subject, outcome])).toEqual([
    ...[
      [dealNo, 'asked'],
      [dealNo, 'refused'],
    ],
    ...[
      [dealNo, 'asked'],
      [dealNo, 'failed'],
    ],
  ]);
  expect((await entries())[0].before).toMatchObject({ status: 'PENDING' });
});

test('an order that was carried out and whose end the audit could not be told has none, and did not fail', async () => {
  let looks = 0;
  const blind: typeof stop = {
    ...stop,
    async look(...about) {
      looks += 1;
      if (looks > 1) throw new Error('the database is away');
      return stop.look(...about);
    },
  };
  const input = { leg: 'charge', reason: 'ticket 17' } as const;
  await expect(give(deps, as('risk'), blind, { about: {}, input })).rejects.toThrow('the database is away');
  expect(await database.db('stop_switches')).toHaveLength(1);
  expect((await entries()).map(({ outcome }) => outcome)).toEqual(['asked']);
});
