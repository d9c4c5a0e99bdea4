/** The worker's parts, wired: activities on their stores and providers, and one worker per task queue. */
import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { createAlertDispatcher } from '../activities/alerts/dispatcher';
import { bankListActivities } from '../activities/batches/bank-lists';
import { batchWatchActivities } from '../activities/batches/batch-watch';
import { cardExpiryActivities } from '../activities/batches/card-expiry';
import { checkActivities } from '../activities/batches/checks';
import { floatActivities } from '../activities/batches/float-watch';
import { archiveActivities } from '../activities/batches/log-archive';
import { minuteActivities } from '../activities/batches/minute-steps';
import { monthlyActivities } from '../activities/batches/monthly';
import { reconciliationActivities } from '../activities/batches/reconciliation';
import { retentionActivities } from '../activities/batches/retention';
import { runWatchActivities } from '../activities/batches/run-watch';
import { staleLockActivities } from '../activities/batches/stale-locks';
import { batchActivities } from '../activities/batches/sweeps';
import { breakActivities } from '../activities/deal/breaks';
import { byHandActivities } from '../activities/deal/by-hand';
import { paymentActivities } from '../activities/deal/charge';
import { chargeNewsActivities } from '../activities/deal/charge-news';
import { chargebackActivities } from '../activities/deal/chargebacks';
import { feeRefundActivities } from '../activities/deal/fee-refund';
import { manualTransferActivities } from '../activities/deal/manual-transfer';
import { recordActivities } from '../activities/deal/records';
import { refundActivities } from '../activities/deal/refund';
import { requestActivities } from '../activities/deal/requests';
import { rulingActivities } from '../activities/deal/rulings';
import { transferActivities } from '../activities/deal/transfer';
import { transferNewsActivities } from '../activities/deal/transfer-news';
import type { Dispatcher } from '../activities/dispatcher';
import { translateFailures } from '../activities/failures';
import { noticeChannels } from '../activities/notices/channels';
import { createNoticeDispatcher } from '../activities/notices/dispatcher';
import { screeningActivities } from '../activities/risk/screening';
import { accountActivities } from '../activities/verify-account';
import { identityActivities } from '../activities/verify-identity';
import { type Db, openDb } from '../db/connection';
import { CHECK_STATEMENT_MS } from '../db/invariants/invariant';
import { openArchive } from '../infra/archive/open';
import type { WorkerConfig } from '../infra/config/worker';
import type { DataKeys } from '../infra/keys/data-keys';
import type { Keys } from '../infra/keys/keys';
import type { Log } from '../infra/log';
import { createAlertWebhook } from '../infra/providers/alert-webhook';
import { EVENT_READERS } from '../infra/providers/webhooks';
import type { Redis } from '../infra/redis';
import { taskQueuesOf } from '../infra/temporal/client';
import { createDealEngine } from '../infra/temporal/deal-engine';
import { workerOptionsOf } from '../infra/temporal/options';
import type {
  ArchiveActivities,
  BankListActivities,
  BatchActivities,
  CheckActivities,
  MinuteActivities,
  MonthlyActivities,
  ReconciliationActivities,
  RetentionActivities,
} from '../workflows/batches/ports';
import type { MoneyActivities, RecordActivities, RequestActivities } from '../workflows/deal/ports';
import { BATCHES } from '../workflows/domain/batches';
import { stopTimesOf } from '../workflows/domain/policy';
import type { Providers } from '../workflows/domain/providers';
import type { AccountActivities } from '../workflows/verify-account-ports';
import type { IdentityActivities } from '../workflows/verify-identity-ports';

/** Everything that workflows call. */
export type Activities = CheckActivities &
  MoneyActivities &
  RecordActivities &
  RequestActivities &
  AccountActivities &
  IdentityActivities &
  ArchiveActivities &
  BatchActivities &
  BankListActivities &
  MinuteActivities &
  MonthlyActivities &
  ReconciliationActivities &
  RetentionActivities;

/** One statement of the reconciliation works on a whole day: a million rows on a busy machine. */
const BATCH_STATEMENT_MS = 600_000;

interface WorkerDeps {
  readonly config: WorkerConfig;
  readonly db: Db;
  readonly redis: Redis;
  readonly keys: Keys;
  /** Of what Temporal stores. */
  readonly dataKeys: DataKeys;
  /** `connectProviders` of workers/providers.ts. */
  readonly providers: Providers;
  readonly client: Client;
  readonly connection: NativeConnection;
  readonly clock: () => Date;
  /** As the engine's; `clock` may be put forward. */
  readonly wallClock: () => Date;
  readonly log: Log;
  /** Bundled once, for both workers. */
  readonly workflowBundle: NonNullable<WorkerOptions['workflowBundle']>;
}

export interface Workers {
  readonly deals: Worker;
  readonly batches: Worker;
  readonly notices: Dispatcher;
  readonly alerts: Dispatcher;
}

/** Every activity, over the given stores and providers. */
export function createActivities({
  config,
  db,
  redis,
  keys,
  providers: { pg, bank, identity },
  client,
  clock,
  wallClock,
  log,
}: Omit<WorkerDeps, 'connection' | 'workflowBundle' | 'dataKeys'>): Activities {
  const taskQueue = taskQueuesOf(config.temporal.taskQueue).deals;
  const engine = createDealEngine({ client, taskQueue, policy: config.policy, desk: config.desk });
  const money = { db, redis, keys, pg, bank, clock, log };
  const sweeps = batchActivities({ db, engine, policy: config.policy, readers: EVENT_READERS, clock, log });
  const batch = {
    db,
    openBatchDb: () => openDb({ databaseUrl: config.databaseUrl, poolMax: 2, statementTimeoutMs: BATCH_STATEMENT_MS }),
    heartbeat: () => Context.current().heartbeat(),
  };
  return {
    ...screeningActivities({ db, redis, keys, clock }),
    ...recordActivities({ db, clock, log }),
    ...requestActivities({ db, clock }),
    ...rulingActivities({ db, clock }),
    ...byHandActivities(money),
    ...manualTransferActivities(money),
    ...chargebackActivities({ db, clock, log }),
    ...breakActivities({ db, clock, log }),
    ...paymentActivities(money),
    ...chargeNewsActivities(money),
    ...transferActivities(money),
    ...transferNewsActivities(money),
    ...refundActivities(money),
    ...feeRefundActivities(money),
    ...accountActivities({ db, keys, bank, clock }),
    ...identityActivities({ db, keys, identity, clock }),
    ...checkActivities({
      ...{ db, client, dealsQueue: taskQueue, policy: config.policy, clock, log },
      openCheckDb: () =>
        openDb({ databaseUrl: config.readDatabaseUrl, poolMax: 2, statementTimeoutMs: CHECK_STATEMENT_MS }),
    }),
    ...sweeps,
    ...reconciliationActivities({ ...batch, pg, bank, engine, clock, log }),
    ...bankListActivities({ ...batch, engine, log }),
    ...staleLockActivities({ db, redis, clock, log }),
    ...archiveActivities({ ...batch, store: openArchive(config.archive), log }),
    ...cardExpiryActivities({ db, log }),
    ...monthlyActivities({ db, heartbeat: batch.heartbeat, log }),
    ...retentionActivities({
      ...{ db, heartbeat: batch.heartbeat, log },
      openRetentionDb: () =>
        openDb({ databaseUrl: config.retentionDatabaseUrl, poolMax: 1, statementTimeoutMs: CHECK_STATEMENT_MS }),
    }),
    ...minuteActivities(db, {
      ...sweeps,
      ...runWatchActivities({ db, client, engine, dealsQueue: taskQueue, clock, log }),
      ...batchWatchActivities({ db, client, batches: BATCHES, clock, wallClock, log }),
      ...floatActivities({ db, bank, headroom: config.floatHeadroom, clock, log }),
    }),
  };
}

/** Both workers, ready to run, and the dispatchers of notices and alerts; the caller runs and stops them. */
export async function createWorkers(deps: WorkerDeps): Promise<Workers> {
  const { config, connection, workflowBundle, dataKeys, log } = deps;
  const queues = taskQueuesOf(config.temporal.taskQueue);
  const { graceMs, forceMs } = stopTimesOf(config.policy);
  const common: Omit<WorkerOptions, 'taskQueue'> = {
    ...workerOptionsOf(config.temporal.namespace, dataKeys, {
      activityInterceptors: [() => ({ inbound: translateFailures })],
      onWait: ({ name: reason }) => log.warn({ reason }, 'waiting for the keys of payloads'),
    }),
    ...{ connection, workflowBundle, activities: createActivities(deps) },
    // A provider call in flight finishes before the process ends.
    shutdownGraceTime: graceMs,
    shutdownForceTime: forceMs,
    // After a kill, another worker takes its deals over so soon.
    stickyQueueScheduleToStartTimeout: '2s',
    maxCachedWorkflows: 2_000,
  };
  const [deals, batches] = await Promise.all([
    Worker.create({
      ...common,
      taskQueue: queues.deals,
      workflowTaskPollerBehavior: { type: 'autoscaling', initial: 20, maximum: 100 },
      activityTaskPollerBehavior: { type: 'autoscaling', initial: 10, maximum: 50 },
      // Providers that are silent for their whole timeout must not keep out what people ask.
      maxConcurrentActivityTaskExecutions: 1_000,
      maxConcurrentLocalActivityExecutions: 1_000,
    }),
    Worker.create({
      ...common,
      taskQueue: queues.batches,
      maxCachedWorkflows: 20,
      maxConcurrentActivityTaskExecutions: 20, // the steps of a minute beside lists that take an hour
    }),
  ]);
  const { db, keys } = deps;
  const { mailEvents } = deps.providers;
  const notices = createNoticeDispatcher({
    ...{ db, keys, channels: noticeChannels({ ...deps.providers, db, keys }) },
    ...{ mailEvents, host: config.appHost, log },
  });
  const hook = config.alertWebhook === null ? null : createAlertWebhook(config.alertWebhook);
  const alerts = createAlertDispatcher({ db, hook, desk: config.desk, log });
  return { deals, batches, notices, alerts };
}
