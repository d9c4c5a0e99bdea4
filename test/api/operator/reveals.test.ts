/** One field of one person in the clear, with a reason: audited, counted, and never more than was asked for. */
import { randomUUID } from 'node:crypto';
import { RATE_LIMITS } from '../../../api/deps';
import { fieldsOf, SUBJECT_KINDS, type SubjectKind } from '../../../db/views/admin-reveals';
import { kstDayOf } from '../../../workflows/domain/bank-calendar';
import { type Canary, insertCanary } from '../../fixtures/canary';
import { rowOfOperator } from '../../fixtures/operator-accounts';
import { approvedOf } from '../../fixtures/requests';
import { type BareApi, type LoggedInOperator, startBareApi } from '../bare-api';

let api: BareApi;
let support: LoggedInOperator;
let canary: Canary;
let requestId: string;
const SLIP = { bankReference: '2026120100012345', allowedAddresses: ['203.0.113.0/24'] };
beforeAll(async () => {
  api = await startBareApi();
  support = await api.operator('support');
  canary = await insertCanary(api);
  const { db } = api.deps;
  requestId = await approvedOf(db, 'manual-transfer', canary.dealId, SLIP);
  await rowOfOperator(db, 'of.a.network', 'viewer');
  await db('admin_users').where({ handle: 'of.a.network' }).update({ allowed_addresses: SLIP.allowedAddresses });
});
afterAll(() => api.stop());

const REASON = 'ticket 4711: the payer asked to be called back';
const reveal = (kind: string, id: string, field: string, reason = REASON) =>
  support.call('POST', '/v1/admin/reveals', { subject: { kind, id }, field, reason });

/** Of each kind: which one, and what each of its fields says. */
function expected(): Readonly<Record<SubjectKind, { id: string; fields: Record<string, string | null> }>> {
  const { secrets } = canary;
  return {
    member: { id: canary.userId, fields: { name: secrets.name, phone: secrets.phone, email: secrets.email } },
    recipient: {
      id: canary.recipientId,
      fields: {
        ...{ account: secrets.account, holderName: secrets.holder },
        bankHolderName: null,
        nickname: secrets.nickname,
      },
    },
    card: { id: canary.cardId, fields: { nickname: secrets.cardName } },
    device: { id: canary.deviceId, fields: { label: secrets.label } },
    deal: { id: canary.dealId, fields: { memo: secrets.memo, purpose: secrets.purpose } },
    transfer: { id: canary.transferId, fields: { holderName: secrets.sentHolder } },
    notice: { id: canary.noticeId, fields: { params: JSON.stringify({ text: secrets.params }).replace(':', ': ') } },
    evidence: { id: canary.evidenceId, fields: { content: secrets.file } },
    request: {
      id: requestId,
      fields: { ...SLIP, allowedAddresses: JSON.stringify(SLIP.allowedAddresses) },
    },
    operator: { id: 'of.a.network', fields: { allowedAddresses: '{203.0.113.0/24}' } },
    'webhook-event': { id: `bank/${canary.eventId}`, fields: { body: secrets.body } },
  };
}

test('every field that can be revealed says what it says, and is audited without it', async () => {
  for (const kind of SUBJECT_KINDS) {
    const { id, fields } = expected()[kind];
    expect(Object.keys(fields)).toEqual(fieldsOf(kind));
    for (const [field, value] of Object.entries(fields)) {
      const { status, body } = await reveal(kind, id, field);
      expect({ kind, field, status, body }).toEqual({ kind, field, status: 200, body: { value } });
    }
  }
  const entries = await api.deps.db('admin_audit_logs').where({ action: 'reveal' }).orderBy('seq');
  expect(entries).toHaveLength(SUBJECT_KINDS.flatMap(fieldsOf).length);
  expect(entries[1]).toMatchObject({
    ...{ actor: `operator:${support.handle}`, subject_kind: 'member', subject: canary.userId, reason: REASON },
    after: { field: 'phone', memberId: canary.userId },
  });
  const kept = JSON.stringify(entries);
  expect(Object.values(canary.secrets).filter((secret) => kept.includes(secret))).toEqual([]);
  expect(api.logged.join('')).not.toContain(canary.secrets.phone);
});

test('the report of a month says who saw whom how often', async () => {
  const auditor = await api.operator('auditor');
  const other = await insertCanary(api);
  const before = (await report(auditor)).find(({ memberId }) => memberId === other.userId);
  expect(before).toBeUndefined();
  await reveal('member', other.userId, 'phone');
  await reveal('recipient', other.recipientId, 'account');
  await reveal('member', other.userId, 'phone');
  expect((await report(auditor)).find(({ memberId }) => memberId === other.userId)).toMatchObject({
    ...{ operator: `operator:${support.handle}`, times: 3, fields: ['member.phone', 'recipient.account'] },
  });
  expect(await report(auditor, '2020-01')).toEqual([]);
  expect((await support.call('GET', '/v1/admin/reveals/report?month=2026-01')).body.code).toBe('right-missing');
});

async function report(by: LoggedInOperator, month = kstDayOf(new Date()).slice(0, 7)) {
  const { body } = await by.call('GET', `/v1/admin/reveals/report?month=${month}`);
  return body.items as { operator: string; memberId: string; times: number; fields: string[] }[];
}

test.each<[string, unknown]>([
  ['without a reason', { subject: { kind: 'member', id: randomUUID() }, field: 'phone' }],
  ['with a reason that tells the phone', { ...ofNobody(), field: 'phone', reason: 'call 010-1234-5678' }],
  ['of a field that it does not have', { ...ofNobody(), field: 'memo', reason: REASON }],
  ['of a secret of ours', { ...ofNobody(), field: 'password_hash', reason: REASON }],
  ['of an id that is none', { subject: { kind: 'member', id: "' or 1=1" }, field: 'phone', reason: REASON }],
])('nothing is revealed %s', async (_, body) => {
  const audited = await api.deps.db('admin_audit_logs').where({ action: 'reveal' }).pluck('seq');
  const answer = await support.call('POST', '/v1/admin/reveals', body);
  expect([answer.status, answer.body.code]).toEqual([422, 'invalid-request']);
  expect(await api.deps.db('admin_audit_logs').where({ action: 'reveal' }).pluck('seq')).toEqual(audited);
});

function ofNobody() {
  return { subject: { kind: 'member', id: '01980f3a-5c2e-7d41-9b7a-3f6f0c1d2e84' } };
}

test('an id is one id in capitals too, also in the audit', async () => {
  const { userId, secrets } = await insertCanary(api);
  const { status, body } = await reveal('member', userId.toUpperCase(), 'phone');
  expect([status, body.value]).toEqual([200, secrets.phone]);
  expect(await api.deps.db('admin_audit_logs').where({ action: 'reveal', subject: userId }).pluck('outcome')).toEqual([
    'done',
  ]);
});

test('of nobody there is nothing to reveal', async () => {
  expect((await reveal('member', randomUUID(), 'phone')).status).toBe(404);
});

test('an operator who reveals one after the other is stopped, and told when to go on', async () => {
  const limited = await startBareApi({ limits: { ...RATE_LIMITS, revealsPerOperator: { points: 1, durationS: 60 } } });
  try {
    const operator = await limited.operator('support');
    const { userId } = await insertCanary(limited);
    const body = { subject: { kind: 'member', id: userId }, field: 'phone', reason: REASON };
    expect((await operator.call('POST', '/v1/admin/reveals', body)).status).toBe(200);
    expect((await operator.call('POST', '/v1/admin/reveals', body)).body).toMatchObject({
      ...{ code: 'too-many-requests', limit: 'reveals' },
    });
  } finally {
    await limited.stop();
  }
});
