/** What an order takes and is somebody's is masked where orders are kept and listed; a reveal alone shows it. */
import { randomUUID } from 'node:crypto';
import { findAdminRequest } from '../../../db/views/admin-requests';
import { kstDayOf } from '../../../workflows/domain/bank-calendar';
import { maskedAddresses, maskedSlip } from '../../../workflows/domain/personal-data';
import { approvedRequest } from '../../fixtures/requests';
import { insertDeal, insertPerson } from '../../fixtures/rows';
import { type BareApi, startBareApi } from '../bare-api';

let api: BareApi;
beforeAll(async () => {
  api = await startBareApi();
});
afterAll(() => api.stop());

const NETWORK = '203.0.113.0/24';
const audited = async () => JSON.stringify(await api.deps.db('admin_audit_logs'));

test.each(['2026120100012345', '12345678', '1234567', '1'])(
  'a list of requests shows of the slip %s what the audit does',
  async (bankReference) => {
    const input = { bankReference, allowedAddresses: [NETWORK, NETWORK], inviteHash: 'h' };
    const id = await approvedRequest(api.deps.db, { kind: 'manual-transfer', subject: 'P1', input });
    const shown = (await findAdminRequest(api.deps.db, id))?.input;
    const masked = { bankReference: maskedSlip(bankReference), allowedAddresses: maskedAddresses([NETWORK, NETWORK]) };
    expect(shown).toEqual({ of: id, ...masked });
    expect(JSON.stringify(shown)).not.toContain(`"${bankReference}"`);
  },
);

test('the number of a slip is in no audit, whatever became of the order', async () => {
  const { db } = api.deps;
  const finance = await api.operator('finance');
  const person = await insertPerson(db);
  const dealId = await insertDeal(db, person);
  const { deal_no } = await db('deals').where({ id: dealId }).first('deal_no');
  const slip = { bankReference: '2026120100054321', tradingDate: kstDayOf(new Date()), amount: 10_000 };
  const evidence = { evidence: 'slip in the safe', evidenceAt: new Date().toISOString() };
  const body = { ...slip, ...evidence, recipientId: person.recipientId, reason: 'ticket 17' };
  const path = `/v1/admin/deals/${deal_no}/orders/manual-transfer`;
  expect((await finance.call('POST', path, body, { 'idempotency-key': randomUUID() })).status).toBe(409);
  const kept = await audited();
  expect([kept.includes('***4321'), kept.includes(slip.bankReference)]).toEqual([true, false]);
});

test('the networks of who is invited are in no audit and in no list', async () => {
  const admin = await api.operator('admin');
  for (const role of ['finance', 'viewer']) {
    const given = { handle: `han.${role}`, role, reason: 'ticket 17', allowedAddresses: [NETWORK] };
    const { status, body } = await admin.call('POST', '/v1/admin/invitations', given);
    expect(status).toBe(role === 'finance' ? 202 : 201);
    if (role !== 'finance') continue;
    const shown = await admin.call('GET', `/v1/admin/requests/${body.requestId}`);
    expect(shown.body.input).toEqual({ role, allowedAddresses: ['***'] });
  }
  expect(await audited()).not.toContain('203.0.113');
});
