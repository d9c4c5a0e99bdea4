/**
 * Supplies of what operators do: each order meets a deal that it fits. What takes two people is asked for, and of the
 * requests only changes of a viewer's role are approved: nobody's money moves by them.
 */
import { randomUUID } from 'node:crypto';
import { raise } from '../../db/operator-tasks';
import { findSet } from '../../db/risk-sets';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import { OPERATOR_ACTIONS, type OperatorAction } from '../../workflows/domain/operator-actions';
import { faultBoard } from '../faults/faults';
import { callApi } from '../fixtures/payer';
import { prepareDeal, REVIEWED, type Story, waitingDeal } from '../fixtures/story';
import type { House } from '../servers/house';
import { each, type Means, type Source, type Supplied, untilUsed } from './source';

const ADMIN = '/v1/admin';
const REASON = 'asked for by the payer, ticket 4711';
const OLD_DAY = '2026-03-02';
const PDF = '%PDF-1.4\n%%EOF\n';

/** Why no request of a run is answered well; undefined: one must be. */
export const UNANSWERED: Readonly<Record<string, string>> = {
  [`POST ${ADMIN}/stops/{leg}/throw`]: 'nothing could be charged or paid out after it',
  [`POST ${ADMIN}/stops/{leg}/lift`]: 'nothing is stopped',
  [`POST ${ADMIN}/breaks/{id}/accept`]: 'the deals of a run have no breaks',
  [`POST ${ADMIN}/schedules/{name}/run`]: 'the house of a run has no Schedules',
  [`POST ${ADMIN}/schedules/{name}/pause`]: 'the house of a run has no Schedules',
  [`POST ${ADMIN}/schedules/{name}/unpause`]: 'the house of a run has no Schedules',
  [`POST ${ADMIN}/schedules/{name}/backfill`]: 'the house of a run has no Schedules',
};

/** Asks as an admin; `call`: at once, for what a supply is made of. */
export interface Admin {
  asked(more?: Supplied): Promise<Supplied>;
  newViewer(): Promise<string>;
}

export async function actingSupplies({ house: given, people }: Means, { asked, newViewer }: Admin) {
  const house: House = { ...given, payer: people.proven };
  const { db } = house;
  const call = async <B>(path: string, body: object | string, type = 'application/json'): Promise<B> => {
    const { token = '' } = await asked();
    const headers = { authorization: `Bearer ${token}`, 'content-type': type, 'idempotency-key': randomUUID() };
    return (await callApi<B>(house.places.apiUrl, 'POST', `${ADMIN}/${path}`, body, headers)).body;
  };
  const ordered = (more: Supplied) =>
    asked({ headers: { 'Idempotency-Key': randomUUID(), 'If-Match': null }, ...more });

  async function completed(): Promise<Story> {
    const story = await prepareDeal(house);
    await story.payer.confirm(story.id, story.cardId);
    await story.payer.waitForStatus(story.id, 'COMPLETED');
    return story;
  }
  const held = () => waitingDeal(house, 'risk-review', { principal: REVIEWED });
  const failing = () => waitingDeal(house, 'retry-due', { account: '0208' });
  async function unknown(): Promise<Story> {
    const story = await prepareDeal(house);
    const pg = faultBoard(house.sandboxes.softpayment);
    await pg.strike({ fault: 'error-500', match: { orderId: `${story.dealNo}-1` } });
    void story.payer.confirm(story.id, story.cardId).catch(() => undefined);
    await story.waits('charge-unknown');
    return story;
  }
  async function byHand(): Promise<Story> {
    const story = await failing();
    await story.operator.holdByHand();
    return story;
  }
  async function tasked(): Promise<Story> {
    const story = await completed();
    await raise(db, story.id, 'task', 'refund-not-ours');
    return story;
  }
  const [done, disputed, undecided, paying, reviewed, tried] = await Promise.all([
    ...[completed(), completed(), unknown(), byHand(), held(), failing()],
  ] as const);

  const now = () => ({ evidence: 'file 17 of the safe', evidenceAt: new Date().toISOString(), evidenceId: null });
  const slip = { bankReference: 'SLIP-17', tradingDate: kstDayOf(new Date()), amount: 100_000 };
  /** A deal of its own for what can be done to it once; else one of those above. */
  const deals: Readonly<
    Record<OperatorAction, { of(): Promise<Story> | Story; body(story: Story): object | Promise<object> }>
  > = {
    release: { of: held, body: () => ({}) },
    refund: { of: held, body: () => ({}) },
    retry: { of: () => tried, body: () => ({}) },
    'correct-account': {
      of: failing,
      body: async ({ payer }) => ({ recipientId: await (await people.awake(payer)).addRecipient() }),
    },
    'refund-fee': { of: () => done, body: () => ({ amount: 1, requestId: randomUUID() }) },
    chargeback: {
      of: () => disputed,
      body: () => ({ evidence: 'mail of the PG', evidenceId: null, standing: 'open', reference: 'case-17' }),
    },
    rule: {
      of: () => undecided,
      body: () => ({ ...now(), leg: 'charge', attempt: 1, verdict: 'failed', paymentKey: null }),
    },
    'manual-transfer': { of: () => paying, body: ({ recipientId }) => ({ ...now(), ...slip, recipientId }) },
    'pay-by-hand': { of: failing, body: () => ({}) },
    'stop-paying-by-hand': { of: () => paying, body: () => ({}) },
    'close-task': { of: tasked, body: () => ({ task: 'refund-not-ours' }) },
  };
  const supplied = (name: OperatorAction) => async (): Promise<Supplied> => {
    const story = await deals[name].of();
    return ordered({ path: { dealNo: story.dealNo }, body: { reason: REASON, ...(await deals[name].body(story)) } });
  };
  const orders = OPERATOR_ACTIONS.flatMap((name) => [
    [`POST ${ADMIN}/deals/{dealNo}/orders/${name}`, untilUsed(supplied(name))] as const,
    [
      `POST ${ADMIN}/deals/{dealNo}/orders/${name}/preview`,
      each(async () => {
        const body = { reason: REASON, ...(await deals[name].body(reviewed)) };
        return asked({ path: { dealNo: reviewed.dealNo }, body });
      }),
    ] as const,
  ]);

  const request = async (): Promise<string> => {
    const role = { role: 'support', reason: REASON };
    return (await call<{ requestId: string }>(`operators/${await newViewer()}/role`, role)).requestId;
  };
  /** By the second admin, or by whoever asked. */
  const decided = (other: () => Promise<string> | undefined) =>
    untilUsed(async () => {
      const [id, token] = [await request(), await other()];
      return ordered({ path: { id }, body: { reason: REASON }, ...(token !== undefined && { token }) });
    });
  const money = each(async () =>
    ordered({
      body: { amount: 1, reference: `OWNER-${randomUUID().slice(0, 8)}`, at: new Date().toISOString(), reason: REASON },
    }),
  );
  const { rules } = await findSet(db, 1);
  const soon = () => new Date(Date.now() + 3_600_000).toISOString();
  const trusting = () => ({ list: 'trusted', kind: 'card', dealNo: done.dealNo, until: soon(), reason: REASON });
  const file = (await call<{ id: string }>(`deals/${done.dealNo}/evidence`, PDF, 'application/pdf')).id;

  return (second: () => Promise<string>): Readonly<Record<string, Source>> => ({
    ...Object.fromEntries(orders),
    [`POST ${ADMIN}/stops/{leg}/throw`]: each(async () => ({})),
    [`POST ${ADMIN}/risk-sets`]: each(async () => ordered({ body: { rules, reason: REASON } })),
    [`POST ${ADMIN}/risk-sets/{set}/activate`]: each(async () =>
      ordered({ path: { set: '1' }, body: { effectiveAt: soon(), reason: REASON } }),
    ),
    [`POST ${ADMIN}/risk-lists`]: each(async () => ordered({ body: trusting() })),
    [`POST ${ADMIN}/risk-lists/{entry}/end`]: untilUsed(async () => {
      await call('risk-lists', trusting());
      const { id: entry } = await db('risk_list_entries').where({ ended_at: null }).orderBy('id', 'desc').first('id');
      return ordered({ path: { entry }, body: { reason: REASON } });
    }),
    [`POST ${ADMIN}/float/fund`]: money,
    [`POST ${ADMIN}/float/withdraw`]: money,
    [`POST ${ADMIN}/tasks/{id}/close`]: untilUsed(async () => {
      const { id: dealId } = await tasked();
      const { id } = await db('operator_tasks').where({ deal_id: dealId, closed_at: null }).first('id');
      return ordered({ path: { id: `${id}` }, body: { reason: REASON } });
    }),
    [`POST ${ADMIN}/webhook-events/{provider}/{eventId}/process`]: each(async () => {
      const { provider, event_id: eventId } = await db('pg_webhook_events').orderBy('received_at').first();
      return ordered({ path: { provider, eventId }, body: { reason: REASON } });
    }),
    [`POST ${ADMIN}/reconciliation/{date}/run`]: each(async () =>
      ordered({ path: { date: OLD_DAY }, body: { reason: REASON } }),
    ),
    [`POST ${ADMIN}/deals/{dealNo}/evidence`]: each(async () =>
      asked({ path: { dealNo: done.dealNo }, headers: { 'Content-Type': 'application/pdf' }, raw: PDF }),
    ),
    [`GET ${ADMIN}/evidence/{id}`]: each(async () => asked({ path: { id: file } })),
    [`GET ${ADMIN}/requests/{id}`]: untilUsed(async () => asked({ path: { id: await request() } })),
    [`POST ${ADMIN}/requests/{id}/approve`]: decided(second),
    [`POST ${ADMIN}/requests/{id}/reject`]: decided(second),
    [`POST ${ADMIN}/requests/{id}/withdraw`]: decided(() => undefined),
    [`POST ${ADMIN}/operators/{handle}/role`]: untilUsed(async () =>
      ordered({ path: { handle: await newViewer() }, body: { role: 'support', reason: REASON } }),
    ),
  });
}
