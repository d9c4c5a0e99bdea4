/**
 * What needs a person beside the waits of deals, as a table: docs/operations.md shows it ("Tasks beside the waits"),
 * and `npm run deal` tells each open one with its meaning and what to do. A wait that takes too long is told under the
 * name of the wait itself.
 */
import { WAIT_REASONS, type WaitReason } from './deal-state';

export type Severity = 'alarm' | 'task';

interface OperatorTask {
  /** What happened. */
  readonly meaning: string;
  /** `by-time`: an alarm first, and a task when it goes on. */
  readonly severity: Severity | 'by-time';
  /** Whose it is: a deal's, the whole system's, or one of each. */
  readonly of: 'deal' | 'system' | 'deal or system';
  /** The command, or the one thing to look at first. */
  readonly toDo: string;
  /** `automatic`: it ends by itself when its cause does, and an operator may close it before. */
  readonly closedBy: 'automatic' | 'operator';
}

export const OPERATOR_TASKS = {
  'late-news-unanswered': {
    meaning: 'a webhook told something new, and the provider did not answer the question about it',
    severity: 'task',
    of: 'deal',
    toDo: 'nothing yet: it is asked again, with growing pauses; look at the provider when it stays',
    closedBy: 'automatic',
  },
  'event-unreadable': {
    meaning: 'a provider sent events of a kind that we act upon, signed, and what they claim cannot be read',
    severity: 'task',
    of: 'system',
    toDo: 'ask the provider what changed; a mended reader takes them within a minute, the nightly lists tell the rest',
    closedBy: 'automatic',
  },
  'late-refund-unknown': {
    meaning: 'a charge that succeeded after it had been decided is being given back, outcome unknown',
    severity: 'by-time',
    of: 'deal',
    toDo: '`rule --leg refund` with what the PG says',
    closedBy: 'automatic',
  },
  'fee-refund-unknown': {
    meaning: 'a part of the fee is being given back, outcome unknown',
    severity: 'by-time',
    of: 'deal',
    toDo: '`rule --leg refund` with what the PG says',
    closedBy: 'automatic',
  },
  'charge-contradicted': {
    meaning: 'the PG tells of another charge under an orderId that is charged already: the payer may have paid twice',
    severity: 'task',
    of: 'deal',
    toDo: 'compare with the PG’s settlement, have the second charge cancelled there, then `close-task`',
    closedBy: 'operator',
  },
  'charge-denied': {
    meaning: 'the PG tells that a charge failed that counts as done; nothing is paid out or given back meanwhile',
    severity: 'task',
    of: 'deal',
    toDo: 'ask the PG; if the charge is gone, order `refund` first; then `close-task`',
    closedBy: 'operator',
  },
  'charge-claimed': {
    meaning: 'the PG tells that an attempt was charged which it had declined; the payer may not confirm meanwhile',
    severity: 'task',
    of: 'deal',
    toDo:
      'nothing at first: it is being cancelled; what the PG refuses to cancel is decided by the settlement files, ' +
      'or by `rule --leg charge --verdict done`',
    closedBy: 'automatic',
  },
  'paid-after-failure': {
    meaning: 'the bank paid a transfer that it had called failed, and the deal had gone on',
    severity: 'task',
    of: 'deal',
    toDo: 'have the bank return the money that is too much, or `close-task`',
    closedBy: 'automatic',
  },
  'transfer-contradicted': {
    meaning: 'the bank calls a transfer failed that counts as done',
    severity: 'task',
    of: 'deal',
    toDo: 'ask the bank; if the recipient has nothing, have it pay or return the money, then `close-task`',
    closedBy: 'operator',
  },
  'paid-while-by-hand': {
    meaning: 'the bank paid a transfer that it had called failed, while a person was to pay the deal by hand',
    severity: 'task',
    of: 'deal',
    toDo:
      'pay nothing; what was paid by hand too is a line that nobody booked: ' +
      'have the bank return it, then `close-task`',
    closedBy: 'operator',
  },
  'refund-not-ours': {
    meaning: 'the PG refunded what nobody here asked for',
    severity: 'task',
    of: 'deal',
    toDo: 'find out who did; if the payer has the money back, order `refund` first; then `close-task`',
    closedBy: 'operator',
  },
  'chargeback-open': {
    meaning: 'the card issuer took the charge back, and the dispute is not decided',
    severity: 'task',
    of: 'deal',
    toDo: 'answer the PG in its time, then note the verdict: `chargeback --standing won` or `lost`',
    closedBy: 'automatic',
  },
  'transfer-job-open': {
    meaning: 'the deal has ended while its transfer job says that a transfer is under way',
    severity: 'task',
    of: 'deal',
    toDo: 'ask the bank about its last reference; the row is evidence: leave it as it is, and `close-task`',
    closedBy: 'operator',
  },
  overdue: {
    meaning: 'charged (or returned) a day ago, and not ended; nobody had been told yet',
    severity: 'task',
    of: 'deal',
    toDo: '`npm run deal -- <dealNo>` says what it waits for; act as that wait’s row says',
    closedBy: 'automatic',
  },
  'workflow-stuck': {
    meaning: 'the code of the deal’s workflow fails at every try; the deal stands still, all others go on',
    severity: 'task',
    of: 'deal',
    toDo: 'read the error at `deal-<id>` in Temporal Web, then roll the deploy back or mend the code',
    closedBy: 'automatic',
  },
  'invariant-broken': {
    meaning: 'a law of money does not hold; the detail names it',
    severity: 'task',
    of: 'deal or system',
    toDo: '`npm run check` shows it whole; find the cause before anything is moved',
    closedBy: 'automatic',
  },
  'invariant-unchecked': {
    meaning: 'a law of money could not be looked at',
    severity: 'alarm',
    of: 'system',
    toDo: 'see what the worker’s log says of it',
    closedBy: 'automatic',
  },
  'balance-aged': {
    meaning:
      'money has stood for too long in an account that it only passes through; the detail names both, and since when',
    severity: 'task',
    of: 'deal or system',
    toDo: 'have whoever holds it decide: the bank, the card issuer, or a recipient who was paid too much',
    closedBy: 'automatic',
  },
  'reconcile-break': {
    meaning: 'a provider’s list and our rows or ledger differ; the detail names the classes',
    severity: 'task',
    of: 'deal or system',
    toDo: '`npm run reconcile -- breaks`, then what it proposes',
    closedBy: 'automatic',
  },
  'reconcile-failed': {
    meaning: 'days could not be reconciled; the detail names each, and why',
    severity: 'task',
    of: 'system',
    toDo: 'nothing when the provider was down: later nights do it; `npm run reconcile -- --date <day>` does it now',
    closedBy: 'automatic',
  },
  'retention-failed': {
    meaning: 'personal data whose term has ended could not all be destroyed; the detail says why',
    severity: 'task',
    of: 'system',
    toDo: 'mend the cause; `npm run retention -- run` does it again now, the next night by itself',
    closedBy: 'automatic',
  },
  'batch-late': {
    meaning: 'a batch has been running for longer than it may, or its Schedule is not set',
    severity: 'alarm',
    of: 'system',
    toDo: 'look at its run in Temporal Web; terminate it when it hangs (it is safe to repeat), or `npm run schedules`',
    closedBy: 'automatic',
  },
  'batch-failed': {
    meaning: 'the latest run of a batch failed; the detail says of which time, and why',
    severity: 'alarm',
    of: 'system',
    toDo:
      'mend the cause, then run it again (`POST /v1/admin/schedules/{name}/run`, or in Temporal Web): ' +
      'it is safe to repeat',
    closedBy: 'automatic',
  },
  'batch-missed': {
    meaning:
      'a batch was not run at its time, and the time to make up for it by itself may be over; the detail names it',
    severity: 'alarm',
    of: 'system',
    toDo: 'see whether its Schedule is paused; make up for the time (`…/backfill`), or run it now',
    closedBy: 'automatic',
  },
  'card-of-another': {
    meaning:
      'a payer tried to register a card that is another payer’s; ' +
      'the detail names both of every such pair, and the log each try',
    severity: 'task',
    of: 'system',
    toDo: 'ask both how they came by it; who has the card in hand registers it once the other has removed it',
    closedBy: 'operator',
  },
  'break-glass-used': {
    meaning:
      'the glass was broken (somebody at the server acts for an hour without a log-in), or an operator is to have a ' +
      'new authenticator; the detail names who, when and why',
    severity: 'task',
    of: 'system',
    toDo: 'ask them; see what they did in the audit; then `npm run deal -- system close-task`',
    closedBy: 'operator',
  },
  'risk-objection': {
    meaning: 'the payer of a deal that a rule of risk blocked asks for it to be looked at',
    severity: 'task',
    of: 'deal',
    toDo: 'look at its risk decision (`/v1/admin/risk-decisions`), tell the payer what came of it, then `close-task`',
    closedBy: 'operator',
  },
  'request-not-carried-out': {
    meaning: 'a request was approved two minutes ago, and nobody knows what became of it; the detail names it',
    severity: 'task',
    of: 'system',
    toDo: '`npm run operator -- approve <id>` again: it goes on, or says what became of it',
    closedBy: 'automatic',
  },
  'float-low': {
    meaning: 'the float may not cover the deals in flight; new charges are stopped',
    severity: 'alarm',
    of: 'system',
    toDo: 'bring money into the account at the bank',
    closedBy: 'automatic',
  },
  'float-unknown': {
    meaning: 'the bank has not told its balance for 10 minutes; charges go on',
    severity: 'alarm',
    of: 'system',
    toDo: 'ask the bank; look at the balance by another way',
    closedBy: 'automatic',
  },
  'notices-failed': {
    meaning:
      'notices reached nobody by any channel, or are refused; the detail names each kind once, with its channel, ' +
      'until it is sent (or delivered) again',
    severity: 'alarm',
    of: 'system',
    toDo: 'look at the carrier, and at `/v1/admin/notices` (`standing=given-up`, `failing`, `undelivered`)',
    closedBy: 'automatic',
  },
  'kms-unreachable': {
    meaning:
      'the master key of what is encrypted cannot be asked; for an hour the last data key serves, ' +
      'then requests are answered 503, and deals wait',
    severity: 'alarm',
    of: 'system',
    toDo: 'look at KMS: the network, our right to the key, whether it is disabled; the detail says what it answered',
    closedBy: 'automatic',
  },
  'alerts-untold': {
    meaning: 'the webhook of operators has not taken an alert for half a minute; they are kept, and told once it does',
    severity: 'alarm',
    of: 'system',
    toDo: 'look at the webhook, and at what the worker’s log says it answered; what is open stands here meanwhile',
    closedBy: 'automatic',
  },
} as const satisfies Readonly<Record<string, OperatorTask>>;

/** What people are told beside the waits. */
export type AlarmReason = keyof typeof OPERATOR_TASKS;

/** Everything that an alarm or a task can be about. */
export type TaskReason = AlarmReason | WaitReason;
export const TASK_REASONS: readonly TaskReason[] = [...(Object.keys(OPERATOR_TASKS) as AlarmReason[]), ...WAIT_REASONS];

/** How grave it is when this is told: fixed by the table, or by how long it has lasted. */
export type SeverityOf<R extends TaskReason> = R extends AlarmReason ? FixedSeverity<R> : Severity;
type FixedSeverity<R extends AlarmReason, S = (typeof OPERATOR_TASKS)[R]['severity']> = S extends Severity
  ? S
  : Severity;

/** What the table says of an open task; null: it is told of a wait, which docs/operations.md explains. */
export const taskNamed = (reason: string): OperatorTask | null =>
  (OPERATOR_TASKS as Readonly<Record<string, OperatorTask>>)[reason] ?? null;
