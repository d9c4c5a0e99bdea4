/** Which key encrypts in this process: for how long, how often, and what an outage of the master key allows. */

/** A data key, open. */
export interface OpenKey {
  readonly id: string;
  readonly key: Buffer;
  readonly createdAt: Date;
}

const MINUTE_MS = 60_000;
/** A key encrypts for so long, or so often, in one process. */
const ENCRYPTS_MS = 5 * MINUTE_MS;
const ENCRYPTS_TIMES = 10_000;
/** A key of another process is taken up while it is younger: rows of keys grow with time, not with processes. */
const TAKEN_UP_MS = ENCRYPTS_MS / 2;
/** While no next one can be had, the last one goes on until it is so old. */
const LAST_KEY_MS = 60 * MINUTE_MS;
/** After a failure the next try waits so long: meanwhile callers get the last key, or the failure, at once. */
const NEXT_TRY_MS = 1_000;

interface Options {
  /** The youngest key that was made at `unlessSince` or later, else a new one. Null: a new one in any case. */
  readonly take: (unlessSince: Date | null) => Promise<OpenKey>;
  readonly clock: () => Date;
}

export function createEncryptingKey({ take, clock }: Options) {
  let last: { readonly open: OpenKey; readonly takenAt: Date; uses: number } | undefined;
  let forgetting: NodeJS.Timeout | undefined;
  let trying: Promise<void> | undefined;
  let failure: { readonly error: Error; readonly at: Date } | undefined;
  const ageOf = (at: Date): number => clock().getTime() - at.getTime();

  /** What no outage would use any more leaves an idle process too. The timer keeps no process alive. */
  function forgetInTime({ createdAt }: OpenKey): void {
    clearTimeout(forgetting);
    forgetting = setTimeout(() => (last = undefined), LAST_KEY_MS - ageOf(createdAt)).unref();
  }

  async function tryOnce(unlessSince: Date | null): Promise<void> {
    try {
      last = { open: await take(unlessSince), takenAt: clock(), uses: 0 };
      forgetInTime(last.open);
      failure = undefined;
    } catch (error) {
      failure = { error: error as Error, at: clock() };
      throw error;
    }
  }

  /** One try at a time, whoever asks. */
  function renew(unlessSince: Date | null): Promise<void> {
    trying ??= tryOnce(unlessSince).finally(() => {
      trying = undefined;
    });
    return trying;
  }

  async function replace(): Promise<void> {
    const isSpent = last !== undefined && last.uses >= ENCRYPTS_TIMES;
    try {
      if (failure && ageOf(failure.at) < NEXT_TRY_MS) throw failure.error;
      await renew(isSpent ? null : new Date(clock().getTime() - TAKEN_UP_MS));
    } catch (error) {
      if (!last || ageOf(last.open.createdAt) >= LAST_KEY_MS) throw error;
    }
  }

  const isFresh = (): boolean =>
    last !== undefined &&
    Math.max(ageOf(last.open.createdAt), ageOf(last.takenAt)) < ENCRYPTS_MS &&
    last.uses < ENCRYPTS_TIMES;

  return {
    /** Ask for each use. Throws what `take` threw when there is none. */
    async current(): Promise<OpenKey> {
      if (!isFresh()) await replace();
      if (!last) throw new Error('a key was taken and is not there');
      last.uses += 1;
      return last.open;
    },
    /** What it was last, unasked. */
    last: (): OpenKey | undefined => last?.open,
    /** Makes a new key, which encrypts from now on. */
    async renew(): Promise<void> {
      await trying?.catch(() => undefined);
      await renew(null);
    },
  };
}
