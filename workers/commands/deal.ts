/** `npm run deal`: what an operator does to deals until the admin API exists. Every action is an update of the deal's workflow. */
import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { validate as isUuid } from 'uuid';
import { type Db, openDb } from '../../db/connection';
import { lockDeal, recordAction } from '../../db/deals';
import { closeTasks } from '../../db/operator-tasks';
import { closeNews } from '../../db/provider-news';
import { liftStop, stopLeg } from '../../db/stop-switches';
import { findDeal } from '../../db/views/operator-deals';
import { loadCommandConfig, userOfShell } from '../../infra/config/commands';
import { ConfigError } from '../../infra/config/load';
import { useLocalEnvironment } from '../../infra/config/local-environment';
import { outliveReader } from '../../infra/reader';
import { openTemporal, taskQueuesOf } from '../../infra/temporal/client';
import { createDealEngine, type DealEngine, type EngineAnswer } from '../../infra/temporal/deal-engine';
import * as messages from '../../workflows/deal/messages';
import type { ActionBy } from '../../workflows/domain/deal-actions';
import type { DealId } from '../../workflows/domain/ids';
import { TASK_REASONS } from '../../workflows/domain/operator-tasks';
import { printDeal, printStops, printWaiting } from './deal-report';
import { personalDataIn } from './operator-texts';
import { explain, Refused } from './orders';

const HELP = `npm run deal -- stuck                      what waits, why, and how long
npm run deal -- <dealNo> [show]            the deal, its money and its story
npm run deal -- <dealNo> release           end the risk review: transfer
npm run deal -- <dealNo> refund            give the whole charge back
npm run deal -- <dealNo> retry             try the transfer again now
npm run deal -- <dealNo> correct-account --recipient <id>
                                           pay another verified recipient of the same payer
npm run deal -- <dealNo> refund-fee --amount <won> [--request <id>]
                                           give back a part of a completed deal's fee; the same request id is one refund
npm run deal -- <dealNo> chargeback --standing open|won|lost --reference <case> --evidence <text>
                                           the card issuer took the charge back, or the dispute was decided
npm run deal -- <dealNo> rule --leg charge|transfer --attempt <n> --verdict done|failed --evidence <text> [--payment-key <key>]
npm run deal -- <dealNo> rule --leg refund --verdict done|failed --evidence <text>
                                           decide an outcome that no provider could decide
npm run deal -- <dealNo> close-task --task <reason>
                                           an alarm or task of this deal is settled; <dealNo> system: of the whole system
npm run deal -- stops                      what operators, or the float watch, have stopped
npm run deal -- stop|lift charge|transfer  no new charges (or transfers) from now on; lift it again

Every action needs --reason <text>; --actor <name> (default: the user of this shell) goes into the deal's story.
No phone number, e-mail address or token in any of them: the story is kept for ever.
`;

const options = {
  actor: { type: 'string', default: userOfShell() },
  reason: { type: 'string' },
  recipient: { type: 'string' },
  task: { type: 'string' },
  leg: { type: 'string' },
  attempt: { type: 'string' },
  verdict: { type: 'string' },
  evidence: { type: 'string' },
  amount: { type: 'string' },
  request: { type: 'string' },
  standing: { type: 'string' },
  reference: { type: 'string' },
  'payment-key': { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

type Values = ReturnType<typeof parse>['values'];
const parse = (argv: string[]) => parseArgs({ args: argv, options, allowPositionals: true });

/** A mistake in how the command was called; shown without a stack. */
class UsageError extends Error {}

function need(
  values: Values,
  name: 'reason' | 'recipient' | 'evidence' | 'task' | 'reference' | 'amount' | 'attempt',
): string {
  const value = values[name]?.trim();
  if (!value) throw new UsageError(`--${name} is missing`);
  return value;
}

function oneOf<T extends string>(name: string, value: string | undefined, allowed: readonly T[]): T {
  const found = allowed.find((a) => a === value);
  if (!found) throw new UsageError(`--${name} must be one of ${allowed.join(', ')}`);
  return found;
}

function act(engine: DealEngine, dealId: DealId, action: string, values: Values): Promise<EngineAnswer<void>> {
  const by = { actor: `operator:${values.actor}`, reason: need(values, 'reason') };
  switch (action) {
    case 'release':
      return engine.order(dealId, messages.releaseDeal, by);
    case 'refund':
      return engine.order(dealId, messages.refundDeal, by);
    case 'retry':
      return engine.order(dealId, messages.retryTransfer, by);
    case 'correct-account':
      if (!isUuid(need(values, 'recipient'))) throw new UsageError('--recipient must be the id of a recipient');
      return engine.order(dealId, messages.correctAccount, { ...by, recipientId: need(values, 'recipient') });
    case 'refund-fee':
      return refundFee(engine, dealId, values, by);
    case 'chargeback': {
      const standing = oneOf('standing', values.standing, ['open', 'won', 'lost'] as const);
      const told = { standing, reference: need(values, 'reference'), evidence: need(values, 'evidence') };
      const id = `${standing}/${told.reference}`;
      return engine.orderAfterEnd(dealId, messages.noteChargeback, { ...by, ...told }, id);
    }
    case 'rule': {
      const leg = oneOf('leg', values.leg, ['charge', 'transfer', 'refund'] as const);
      const verdict = oneOf('verdict', values.verdict, ['done', 'failed'] as const);
      const paymentKey = values['payment-key'];
      const ruling = { ...by, leg, verdict, evidence: need(values, 'evidence'), ...(paymentKey && { paymentKey }) };
      const named = leg === 'refund' ? ruling : { ...ruling, attempt: attemptOf(values) };
      return engine.order(dealId, messages.ruleOutcome, named);
    }
    default:
      throw new UsageError(`unknown action "${action}"`);
  }
}

/** Evidence is about one attempt: a ruling that is given late, or twice, must not decide the next one. */
function attemptOf(values: Values): number {
  const attempt = Number(need(values, 'attempt'));
  if (!Number.isSafeInteger(attempt) || attempt < 1)
    throw new UsageError('--attempt must be a number from 1, see "show"');
  return attempt;
}

/** Without a request id of its own, the same amount for the same reason is the same request. */
function refundFee(engine: DealEngine, dealId: DealId, values: Values, by: ActionBy): Promise<EngineAnswer<void>> {
  const text = need(values, 'amount');
  const amount = Number(text.replaceAll(',', ''));
  if (!/^(\d+|\d{1,3}(,\d{3})+)$/.test(text) || !Number.isSafeInteger(amount) || amount < 1)
    throw new UsageError('--amount must be whole won, from 1, such as 1000 or 1,000');
  const derived = createHash('sha256').update(`${dealId}/${amount}/${by.reason}`).digest('hex').slice(0, 16);
  const requestId = values.request?.trim() || derived;
  return engine.orderAfterEnd(dealId, messages.refundFee, { ...by, amount, requestId }, `${requestId}/${amount}`);
}

/** Closes the task beside the deal's workflow; a deal that was held back by it sees so when it looks next. */
async function closeTask(db: Db, dealId: DealId | null, values: Values): Promise<void> {
  const [task, reason] = [oneOf('task', values.task, TASK_REASONS), need(values, 'reason')];
  if (dealId === null) {
    const closed = await closeTasks(db, null, [task], `closed by ${values.actor}: ${reason}`);
    if (closed === 0) throw new Refused(`no open task "${task}"; see "stuck"`);
    return;
  }
  await db.transaction(async (trx) => {
    const deal = await lockDeal(trx, dealId);
    if ((await closeTasks(trx, dealId, [task])) === 0) throw new Refused(`no open task "${task}"; see "show"`);
    // What the provider told, and could not confirm, holds nothing back any more.
    if (task === 'late-news-unanswered') await closeNews(trx, { dealNo: deal.dealNo });
    await recordAction(trx, deal, 'close-task', { actor: `operator:${values.actor}`, reason: `${task}: ${reason}` });
  });
}

/** Stops or lifts new intents of a leg. What was begun goes on to its end; the float watch's own stop is not lifted here. */
async function throwSwitch(db: Db, what: 'stop' | 'lift', target: string, values: Values): Promise<void> {
  const leg = oneOf('leg', target, ['charge', 'transfer'] as const);
  const order = { leg, source: 'operator', actor: `operator:${values.actor}`, reason: need(values, 'reason') } as const;
  const changed = await (what === 'stop' ? stopLeg : liftStop)(db, order);
  if (!changed)
    throw new Refused(what === 'stop' ? `new ${leg}s are stopped already` : `no operator has stopped ${leg}s`);
  await printStops(db);
}

async function main(argv: string[]): Promise<void> {
  const { values, positionals } = parse(argv);
  const [dealNo, action = 'show', ...more] = positionals;
  if (more.length > 0) throw new UsageError(`one thing at a time: what is "${more.join(' ')}" for?`);
  if (values.help || !dealNo) {
    process.stdout.write(HELP);
    return;
  }
  const personal = personalDataIn(values);
  if (personal) throw new UsageError(personal);
  useLocalEnvironment();
  const config = loadCommandConfig();
  const db = openDb({ databaseUrl: config.databaseUrl, poolMax: 7 });
  try {
    if (dealNo === 'stuck') return await printWaiting(db);
    if (dealNo === 'stops') return await printStops(db);
    if (dealNo === 'stop' || dealNo === 'lift') return await throwSwitch(db, dealNo, action, values);
    if (dealNo === 'system' && action === 'close-task') return await closeTask(db, null, values);
    const deal = await findDeal(db, dealNo);
    if (!deal) throw new Refused(`there is no deal ${dealNo}`);
    const dealId = deal.id;
    if (action === 'show') return await printDeal(db, dealId);
    if (action === 'close-task') return await closeTask(db, dealId, values);
    if (!deal.confirmed) throw new Refused('the payer never confirmed it: there is nothing to order');
    const client = await openTemporal(config.temporal);
    try {
      const { taskQueue } = config.temporal;
      const engine = createDealEngine({ client, taskQueue: taskQueuesOf(taskQueue).deals, policy: config.policy });
      const problem = explain(await act(engine, dealId, action, values));
      if (problem) throw new Refused(problem);
      process.stdout.write(`${dealNo}: ${action} accepted\n`);
    } finally {
      await client.connection.close();
    }
  } finally {
    await db.destroy();
  }
}

outliveReader();
main(process.argv.slice(2)).catch((error: Error) => {
  const plain =
    error instanceof UsageError || error instanceof Refused || error instanceof ConfigError || 'code' in error;
  process.stderr.write(`deal: ${plain ? error.message : error.stack}\n`);
  if (error instanceof UsageError || error instanceof TypeError) process.stderr.write('See: npm run deal -- --help\n');
  process.exit(1);
});
