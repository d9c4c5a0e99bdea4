/**
 * What people do when everything has been broken: the providers are mended, what is on its way arrives, operators act as docs/operations.md
 * says, the lists of the day are read, and what no list and no provider decides is settled by hand.
 */
import { acceptBreak } from '../../api/operator/accept-break';
import { breaksAfter } from '../../db/reconciliation/breaks';
import { poll } from '../fixtures/poll';
import { approvedRequest } from '../fixtures/requests';
import { payBooked, playAct, playSystemAct, reconcile, retryBatch, sweepEvents } from './acts';
import { ruleTruly } from './rulings';
import { type Deal, ENDED, rowOf, type Stage } from './stage';
import { give, WHY } from './words';

/** So often operators come by, before the night and after it; by then each deal has ended or something of it stays. */
const VISITS_MAX = 12;
/** Before that visit what is unknown has time to be asked about; after it what the plan wants has been tried. */
const RULED_FROM = 2;
/** Tasks that only an operator closes, or that nothing else ends here. */
const BY_HAND = [
  'refund-not-ours',
  'charge-denied',
  'charge-contradicted',
  'transfer-contradicted',
  'transfer-job-open',
  'charge-claimed',
  'late-news-unanswered',
  'paid-while-by-hand',
];

/** From the last act to the end of it all. */
export async function mendAll(stage: Stage): Promise<void> {
  await Promise.all(stage.deals.flatMap((deal) => [deal.mend('softpayment'), deal.mend('bank')]));
  for (const act of ['lift-charge', 'lift-transfer'] as const) await playSystemAct(stage, act);
  await visitUntilRest(stage, 'day');
  stage.nextDay('23:30:00');
  await reconcile(stage);
  await visitUntilRest(stage, 'night');
  await reconcile(stage);
  await visitUntilRest(stage, 'by-hand');
}

/** `day`: payers are there too; `by-hand`: operators settle what is left. */
type When = 'day' | 'night' | 'by-hand';

/** Operators look at all deals again and again, until nothing changes any more. */
async function visitUntilRest(stage: Stage, when: When): Promise<void> {
  for (let visit = 0, before = ''; visit < VISITS_MAX; visit += 1) {
    for (const deal of stage.deals) for (const provider of ['softpayment', 'bank'] as const) deal.hurry(provider);
    await sweepEvents(stage);
    if (when === 'by-hand') await acceptBreaks(stage);
    await Promise.all(stage.deals.map((deal) => visitDeal(stage, deal, visit, when)));
    await retryBatch(stage);
    await untilSettled(stage);
    const now = await standing(stage);
    if (now === before && visit > RULED_FROM) return;
    before = now;
  }
}

/** How all deals and legs stand, in one text. */
async function standing({ house: { db } }: Stage): Promise<string> {
  const { rows } = await db.raw<{ rows: object[] }>(
    `select d.deal_no, d.version, d.waiting_reason,
       (select json_agg(status order by attempt) from payments where deal_id = d.id) as charges,
       (select json_agg(status order by attempt) from transfers where deal_id = d.id) as transfers,
       (select json_agg(status order by n) from refunds where deal_id = d.id) as refunds,
       (select count(*) from doubts where deal_id = d.id and closed_at is null) as doubts,
       (select count(*) from operator_tasks where deal_id = d.id and closed_at is null) as tasks,
       (select count(*) from pg_webhook_events where deal_no = d.deal_no and processed_at is null) as events
     from deals d order by d.deal_no`,
  );
  return JSON.stringify(rows);
}

/** Whatever was begun has come to rest: each deal has ended, or says why it waits. */
async function untilSettled({ house }: Stage): Promise<void> {
  const moving = () =>
    house
      .db('deals')
      .whereNotIn('status', ENDED)
      .whereNull('waiting_reason')
      .whereNotNull('confirmed_at')
      .pluck('deal_no');
  await poll(moving, (deals) => deals.length === 0, { what: 'every deal ends or says why it waits' });
}

/** What an operator does to one deal. */
async function visitDeal(stage: Stage, deal: Deal, visit: number, when: When): Promise<void> {
  const { db, engine } = stage.house;
  const { id, plan } = deal;
  if (await db('chargebacks').where({ deal_id: id, status: 'OPEN' }).first('id')) await playAct(stage, deal, 'verdict');
  await payBooked(stage, deal);
  if (when === 'by-hand') await closeTasks(stage, deal);
  const { status, waiting_reason: reason, confirmed_at: confirmedAt } = await rowOf(stage, id);
  const refunds = await db('refunds').where({ deal_id: id, status: 'PENDING' }).pluck('n');
  if (ENDED.includes(status) && refunds.length === 0) return;
  if (confirmedAt !== null) await engine.knock(id);
  if (visit >= RULED_FROM)
    for (const leg of ['charge', 'transfer', 'refund'] as const) deal.note(await ruleTruly(stage, deal, leg));
  const isHopeless = plan.end === 'give-up' || visit > RULED_FROM || when === 'by-hand';
  if (status === 'PENDING')
    await (isHopeless || when !== 'day' ? cancel(stage, deal) : playAct(stage, deal, 'confirm-another-card'));
  if (reason === 'paying-by-hand') deal.note(await give(stage, deal, 'stop-paying-by-hand'));
  if (reason === 'risk-review') await playAct(stage, deal, isHopeless ? 'refund' : 'release');
  if (status === 'TRANSFER_FAILED')
    await playAct(stage, deal, isHopeless ? 'refund' : plan.end === 'go-on' ? 'retry' : 'correct-account');
  if (status === 'PAID' && visit > RULED_FROM) await playAct(stage, deal, 'refund');
}

/** What was looked into, and nothing else will end. */
async function closeTasks(stage: Stage, deal: Deal): Promise<void> {
  const open = stage.house.db('operator_tasks').where({ deal_id: deal.id, closed_at: null });
  const tasks: string[] = await open.whereIn('reason', BY_HAND).pluck('reason');
  for (const task of tasks) deal.note(await give(stage, deal, 'close-task', { task }));
}

/** As its payer would; past the API, since its session has ended when the clock has gone on. */
async function cancel({ house, now }: Stage, { id, dealNo, payer, note }: Deal): Promise<void> {
  const createdDay = now().toISOString().slice(0, 10);
  const header = { dealId: id, dealNo, payerId: payer.userId, createdDay, amountBand: '<1M' };
  const answer = await house.engine.cancel(header, { actor: 'payer', ...WHY }, 10_000);
  note(`cancel at the end: ${answer.kind}`);
}

async function acceptBreaks({ house }: Stage): Promise<void> {
  const deps = { db: house.db, engine: async () => house.engine };
  for (const { id, dealId } of await breaksAfter(house.db, 0, 'open')) {
    const request = await approvedRequest(house.db, { kind: 'accept', subject: `${id}`, dealId });
    await acceptBreak.carryOut(deps, { operator: 'kim', breakId: Number(id), request }, WHY);
  }
}
