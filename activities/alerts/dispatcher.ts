/**
 * Alerts operators by webhook, beside everything else: what is told was committed before, so a webhook that is slow or
 * down delays nothing and loses nothing. Many of one kind within a minute are one message.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Db } from '../../db/connection';
import { claimAlertKind, dropAlerts, markAlertsSent, postponeAlertKind, waitingAlerts } from '../../db/operator-alerts';
import { closeTasks, raise } from '../../db/operator-tasks';
import type { Log } from '../../infra/log';
import { alertText } from '../../workflows/domain/operator-alerts';
import type { Desk } from '../../workflows/domain/operator-waits';
import type { AlertHook } from '../../workflows/domain/providers';
import { backoffMs, createDispatcher, type Dispatcher } from '../dispatcher';

/** Of one message; what is left of its kind waits for the next. */
const ALERTS_MAX = 1_000;
/** Longer than any call of the webhook: only a dead worker's kind is taken by another. */
const LEASE_MS = 60_000;
/** From the sixth try in a row on, half a minute after the first, an alarm says so: elsewhere than by the webhook. */
const ATTEMPTS_BEFORE_ALARM = 6;
/** Without a webhook what waits is kept so long: another worker may have one. */
const UNHEARD_MS = 600_000;
const PACE = { idleMs: 1_000, togetherMs: 60_000 };

interface AlertDeps {
  readonly db: Db;
  /** Null: nobody has said where to; what has waited long is dropped, or it would all come once somebody does. */
  readonly hook: AlertHook | null;
  readonly desk: Desk;
  readonly log: Log;
  /** How often it looks, and for how long alerts of one kind are gathered after one was told. */
  readonly pace?: typeof PACE;
}

/** The dispatcher of one process; several share the outbox. A failure is tried again after 1 s, 2 s, 4 s… 10 min. */
export function createAlertDispatcher(deps: AlertDeps): Dispatcher {
  const { log, pace = PACE } = deps;
  return createDispatcher(async (signal) => {
    while (!signal.aborted) {
      const isMore = await tellNext(deps, pace.togetherMs).catch((error: Error) => {
        log.error({ reason: error.message }, 'the outbox of alerts cannot be read or written');
        return false;
      });
      if (!isMore) await pause(pace.idleMs, undefined, { signal }).catch(() => undefined); // ended early by stop
    }
  });
}

/** Tells what waits of one kind; false: there was none. */
async function tellNext({ db, hook, desk, log }: AlertDeps, togetherMs: number): Promise<boolean> {
  if (!hook) {
    await dropAlerts(db, UNHEARD_MS);
    return false;
  }
  const kind = await claimAlertKind(db, LEASE_MS);
  if (!kind) return false;
  const alerts = await waitingAlerts(db, kind, ALERTS_MAX);
  if (alerts.length === 0) return true; // told by another meanwhile
  try {
    await hook.tell(alertText(kind, alerts, desk));
  } catch (error) {
    const { what, reason: about, attempts } = kind;
    log.warn({ what, about, attempts, reason: (error as Error).message }, 'operators were not alerted; tried again');
    await postponeAlertKind(db, kind, backoffMs(attempts));
    if (attempts >= ATTEMPTS_BEFORE_ALARM) await raise(db, null, 'alarm', 'alerts-untold', (error as Error).message);
    return true;
  }
  const ids = alerts.map(({ id }) => id);
  await markAlertsSent(db, kind, ids, togetherMs);
  await closeTasks(db, null, ['alerts-untold']);
  return true;
}
