/** What others tell a deal without waiting for an answer, and what it answers when it is asked how it stands. */
import { setHandler } from '@temporalio/workflow';
import * as messages from './messages';
import type { DealRun, View } from './run';

/** Registers the signals of providers, batches and sweeps, and the query. */
export function handleSignals(run: DealRun): void {
  const { view, inbox } = run;
  setHandler(messages.retryDue, (batch) => {
    const isResting = view.idle || run.leaving;
    const isWaiting = run.restoring || (isResting && view.waiting?.reason === 'retry-due');
    if (!isWaiting || batch === inbox.batch) return;
    inbox.batch = batch;
    inbox.retryDue = true;
  });
  setHandler(messages.knock, () => {
    inbox.knocked = true;
  });
  setHandler(messages.clockMoved, () => {
    inbox.knocked = true;
    inbox.clockMoved = true;
  });
  setHandler(messages.providerNews, (news) => {
    if (!inbox.news.some((known) => messages.isSameNews(known, news))) inbox.news.push(news);
  });
  setHandler(messages.dealView, () => shown(view, inbox.cancelRequested));
}

function shown({ state, waiting, idle }: View, cancelRequested: boolean): messages.DealView {
  if (!idle || !waiting) return { state, cancelRequested, waiting: null };
  const { reason, nextMoveAt } = waiting;
  return {
    ...{ state, cancelRequested },
    waiting: { reason, nextMoveAt: nextMoveAt === null ? null : new Date(nextMoveAt).toISOString() },
  };
}
