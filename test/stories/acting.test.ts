/** Operators act over the API: what a preview foresees is what happens, and what they did not see is not acted upon. */
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import { noticeMessage } from '../../workflows/domain/words/notice-texts';
import { type Acting, actingAs, approved } from '../fixtures/acting';
import { expectMoneyBalanced } from '../fixtures/balance';
import { payAtTheBank } from '../fixtures/by-hand';
import { poll } from '../fixtures/poll';
import { prepareDeal, REVIEWED, type Story, waitingDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

const PRINCIPAL = 100_000;
const REASON = 'ticket 4711';
let house: House;
let maker: Acting;
let checker: Acting;
beforeAll(async () => {
  house = await startHouse({ policy: { giveUpAfterMs: 600_000, correctionGraceMs: 600_000 } });
  [maker, checker] = [await actingAs(house, 'admin'), await actingAs(house, 'finance')];
});
afterAll(() => house.stop());

const orderOf = ({ dealNo }: Story, name: string, body: object, headers?: Record<string, string>) =>
  maker.post(`deals/${dealNo}/orders/${name}`, { reason: REASON, ...body }, headers);
const previewOf = async ({ dealNo }: Story, name: string, body: object) =>
  (await maker.post(`deals/${dealNo}/orders/${name}/preview`, { reason: REASON, ...body })).body;

interface Journal {
  readonly id: string;
  readonly kind: string;
  readonly entries: readonly object[];
}
async function journalsOf({ id }: Story): Promise<readonly Journal[]> {
  const { rows } = await house.db.raw<{ rows: Journal[] }>(
    `select j.id, j.kind, (select jsonb_agg(jsonb_build_object('account', e.account, 'amount', e.amount) order by e.id)
       from ledger_entries e where e.journal_id = j.id) as entries
     from ledger_journals j where j.deal_id = ? order by j.id`,
    [id],
  );
  return rows;
}
const noticesOf = ({ id }: Story) =>
  house.db('notices').where({ deal_id: id }).orderBy('created_at').select('template', 'params', 'event');
const everyEvent = ({ id }: Story) => house.db('deal_events').where({ deal_id: id });

async function completed(): Promise<Story> {
  const story = await prepareDeal(house);
  await story.payer.confirm(story.id, story.cardId);
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  return story;
}
const failed = () => waitingDeal(house, 'retry-due', { account: '0208' });
/** Held, to be paid by hand. */
const heldByHand = async (): Promise<Story> => {
  const story = await failed();
  expect((await orderOf(story, 'pay-by-hand', {})).status).toBe(200);
  await story.waits('paying-by-hand');
  return story;
};
const refused = () => waitingDeal(house, 'operator-needed', { account: '0202' });
const disputed = async (): Promise<Story> => {
  const story = await completed();
  expect((await orderOf(story, 'chargeback', caseOf(story, 'open'))).status).toBe(200);
  return story;
};
const caseOf = ({ dealNo }: Story, standing: string) => ({
  ...{ standing, reference: `case-${dealNo}`, evidence: 'mail of the PG' },
});

const until = (status: string) => (story: Story) => story.payer.waitForStatus(story.id, status);
const atOnce = async (): Promise<void> => undefined;

interface Foreseen {
  readonly order: string;
  readonly begins: () => Promise<Story>;
  readonly body: (story: Story) => object | Promise<object>;
  readonly ends: (story: Story) => Promise<unknown>;
}
const slipOf = async (story: Story) => {
  const slip = await payAtTheBank(house, story, PRINCIPAL);
  const { recipientId } = story;
  return { ...slip, recipientId, evidence: 'slip in the safe', evidenceAt: new Date().toISOString() };
};
const FORESEEN: readonly Foreseen[] = [
  {
    order: 'release',
    begins: () => waitingDeal(house, 'risk-review', { principal: REVIEWED }),
    ...{ body: () => ({}), ends: until('COMPLETED') },
  },
  {
    order: 'correct-account',
    begins: refused,
    body: async ({ payer }) => ({ recipientId: await payer.addRecipient() }),
    ends: until('COMPLETED'),
  },
  { order: 'refund', begins: failed, body: () => ({}), ends: until('REFUNDED') },
  {
    order: 'refund-fee',
    begins: completed,
    body: () => ({ amount: 777 }),
    ends: (story) =>
      poll(
        () => noticesOf(story),
        (notices) => notices.some(({ template }) => template === 'fee-refunded'),
        { what: 'the part is given back' },
      ),
  },
  { order: 'chargeback', begins: completed, body: (story) => caseOf(story, 'open'), ends: atOnce },
  { order: 'chargeback', begins: disputed, body: (story) => caseOf(story, 'won'), ends: atOnce },
  { order: 'chargeback', begins: disputed, body: (story) => caseOf(story, 'lost'), ends: atOnce },
  { order: 'manual-transfer', begins: heldByHand, body: slipOf, ends: until('COMPLETED') },
];

test.each(FORESEEN.map((row, i) => [`${i + 1} ${row.order}`, row] as const))(
  '%s: its preview changes nothing, and what it foresees is booked and told',
  async (_, { order, begins, body, ends }) => {
    const story = await begins();
    const given = await body(story);
    const [journals, notices, events] = [await journalsOf(story), await noticesOf(story), await everyEvent(story)];
    const audits = await house.db('admin_audit_logs').count();
    const foreseen = await previewOf(story, order, given);
    expect(foreseen).toMatchObject({ allowed: true, because: null });
    expect([await journalsOf(story), await noticesOf(story), await everyEvent(story)]).toEqual([
      ...[journals, notices, events],
    ]);
    expect(await house.db('admin_audit_logs').count()).toEqual(audits);

    const answer = await orderOf(story, order, given);
    expect(answer.status).toBe(foreseen.needsSecondPerson === true ? 202 : 200);
    if (foreseen.needsSecondPerson === true) {
      expect(answer.body).toMatchObject({ outcome: 'requested' });
      expect(await journalsOf(story)).toEqual(journals);
      await approved(house, checker, String(answer.body.requestId));
    }
    await ends(story);
    const posted = (await journalsOf(story)).slice(journals.length).map(({ kind, entries }) => ({ kind, entries }));
    expect(posted).toEqual(foreseen.journals);
    const [told] = (await noticesOf(story)).slice(notices.length);
    const message = told && {
      template: told.template,
      text: noticeMessage(told.template, 'sms', {
        language: 'ko',
        params: { ...told.params, ...(told.params.statementBy !== undefined && { statementBy: null }) },
        secret: null,
        host: '',
      }).text,
    };
    expect(message ?? null).toEqual(foreseen.message);
    if (order !== 'chargeback') await expectMoneyBalanced(house, story.dealNo);
  },
);

test('the same key twice is one order, and the second answer is the first', async () => {
  const story = await completed();
  const key = { 'idempotency-key': `once ${story.dealNo}` };
  const body = { amount: 500, requestId: `fee ${story.dealNo}` };
  const both = await Promise.all([1, 2].map(() => orderOf(story, 'refund-fee', body, key)));
  const replayed = await orderOf(story, 'refund-fee', body, key);
  expect([both.some(({ status }) => status === 200), replayed.status]).toEqual([true, 200]);
  expect(replayed.headers.get('idempotency-replayed')).toBe('true');
  expect(await house.db('refunds').where({ deal_id: story.id })).toHaveLength(1);
  const others = await orderOf(story, 'refund-fee', { ...body, amount: 501 }, key);
  expect(others).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
});

test('who saw an older version changes nothing, and is told so; of the version of now it is carried out', async () => {
  const story = await failed();
  const { version } = await story.payer.deal(story.id);
  const before = await everyEvent(story);
  const audits = await house.db('admin_audit_logs').count();
  const older = await orderOf(story, 'refund', {}, { 'if-match': `"${version - 1}"` });
  expect(older).toMatchObject({ status: 412, body: { code: 'version-mismatch' } });
  expect([await everyEvent(story), await house.db('admin_audit_logs').count()]).toEqual([before, audits]);
  expect((await orderOf(story, 'refund', {}, { 'if-match': `"${version}"` })).status).toBe(200);
  await story.payer.waitForStatus(story.id, 'REFUNDED');
});

test('an order that does not fit now is refused in the words of its preview, and nothing is changed', async () => {
  const story = await completed();
  const before = await everyEvent(story);
  for (const [order, body] of [
    ['release', {}],
    ['refund', {}],
    ['refund-fee', { amount: 5_000_000 }],
    ['rule', { leg: 'transfer', attempt: 1, verdict: 'done', evidence: 'list', evidenceAt: new Date().toISOString() }],
    ['close-task', { task: 'charge-unknown' }],
  ] as const) {
    const { because } = await previewOf(story, order, body);
    const answer = await orderOf(story, order, body);
    expect([409, 404]).toContain(answer.status);
    expect(because).toEqual(expect.any(String));
  }
  expect(await everyEvent(story)).toEqual(before);
});

test('a slip is named by its file: its hash is in the audit, and a file of another deal is refused', async () => {
  const [story, other] = [await heldByHand(), await completed()];
  const send = (dealNo: string) =>
    maker.send(`deals/${dealNo}/evidence`, Buffer.from(`%PDF-1.7 slip of ${dealNo}`), 'application/pdf');
  const [own, foreign] = [await send(story.dealNo), await send(other.dealNo)];
  expect([own.status, foreign.status]).toEqual([201, 201]);
  const slip = await slipOf(story);
  const refusedOne = await orderOf(story, 'manual-transfer', { ...slip, evidenceId: foreign.body.id });
  expect(refusedOne.status).toBe(404);
  const asked = await orderOf(story, 'manual-transfer', { ...slip, evidenceId: own.body.id });
  expect(asked.status).toBe(202);
  const request = await house.db('operator_requests').where({ id: asked.body.requestId }).first();
  expect(request.evidence_id).toBe(own.body.id);
  await approved(house, checker, String(asked.body.requestId));
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  const told = await house
    .db('admin_audit_logs')
    .whereRaw(`after #>> '{asked,evidenceSha256}' = ?`, [`${own.body.sha256}`]);
  expect(told.map(({ action, outcome }) => [action, outcome])).toEqual([
    ['request-made', 'done'],
    ['manual-transfer', 'asked'],
  ]);
});

test('a day is reconciled on an operator’s word', async () => {
  const day = kstDayOf(new Date());
  const answer = await maker.post(`reconciliation/${day}/run`, { reason: REASON });
  expect(answer).toMatchObject({ status: 202, body: { outcome: 'done' } });
  await poll(
    () => house.db('reconciliation_runs').where({ business_day: day, status: 'done' }),
    (runs) => runs.length > 0,
    { what: 'the day is reconciled' },
  );
  expect((await maker.post('reconciliation/2999-01-01/run', { reason: REASON })).status).toBe(409);
});
