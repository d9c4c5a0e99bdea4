/**
 * What the PG pays out: on a settle date the net of all lines that name it goes into PLIC's account at the bank. What
 * was decided to be paid is written down before it is sent, and sent again until the bank has it.
 */
import { createAgenda } from './agenda';
import type { Clockwork, Sandbox } from './sandbox';

/** `at`: ms since the epoch. */
type Payout = { settleDate: string; reference: string; amount: number; at: number; paid: boolean };

type Payouts = Clockwork & {
  /** Something is to be paid on that KST day, YYYY-MM-DD. */
  plan(settleDate: string): void;
};

/** Banks work by then. */
const HOUR = 'T11:00:00+09:00';
const AGAIN_MS = 1_000;

/**
 * @param bankUrl the bank sandbox; without it nothing is ever paid
 * @param netOf what the lines of a settle date add up to, won; negative: the PG takes it back
 */
export function createPayouts(
  { store, now }: Sandbox,
  bankUrl: string | undefined,
  netOf: (settleDate: string) => number,
): Payouts {
  const payouts = store.table<Payout>('payouts');
  let stopping = new AbortController();
  const agenda = createAgenda<null>(store, 'payout-days', now, (settleDate, _, dueAt) => {
    decide(settleDate, dueAt);
    void sendAll(settleDate);
  });
  const ofDate = (settleDate: string) => payouts.values().filter((one) => one.settleDate === settleDate);

  /** What became due after a payout of the day is a second one. */
  function decide(settleDate: string, at: number): void {
    const before = ofDate(settleDate);
    const amount = netOf(settleDate) - before.reduce((won, one) => won + one.amount, 0);
    if (amount === 0) return;
    const reference = `SOFTPAYMENT-${settleDate}${before.length === 0 ? '' : `-${before.length + 1}`}`;
    payouts.set(reference, { settleDate, reference, amount, at, paid: false });
  }
  async function sendAll(settleDate: string): Promise<void> {
    const { signal } = stopping;
    for (const payout of ofDate(settleDate).filter(({ paid }) => !paid)) {
      const taken = await send(payout, signal);
      if (signal.aborted) return;
      if (taken) payouts.set(payout.reference, { ...payout, paid: true });
      else return agenda.plan(settleDate, now() + AGAIN_MS, null);
    }
    agenda.drop(settleDate);
  }
  async function send({ reference, amount, at }: Payout, signal: AbortSignal): Promise<boolean> {
    try {
      const answer = await fetch(`${bankUrl}/_sandbox/deposits`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ reference, amount, at: new Date(at).toISOString() }),
        signal,
      });
      return answer.ok;
    } catch {
      return false;
    }
  }
  return {
    plan(settleDate) {
      if (bankUrl !== undefined) agenda.plan(settleDate, Date.parse(`${settleDate}${HOUR}`), null);
    },
    hurry: (about) => agenda.hurry((settleDate) => settleDate === about),
    start() {
      stopping = new AbortController();
      agenda.start();
    },
    stop() {
      stopping.abort();
      agenda.stop();
    },
  };
}
