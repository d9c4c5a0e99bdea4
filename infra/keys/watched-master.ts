/** A master key whose outages somebody is told of. */
import { KeysUnavailable, type MasterKey } from './master-key';

/** What goes on is told again so often, ms: another process may have told its end too early, or ended before it did. */
const TOLD_AGAIN_MS = 60_000;
/** While it is silent it is asked again, ms: a process that needs it next in minutes would let the alarm stand. */
const ASK_AGAIN_MS = 10_000;

export interface Watch {
  readonly clock: () => Date;
  /** It could not be asked; then at most once a minute while that goes on. */
  readonly onOutage?: (error: KeysUnavailable) => void;
  /** It answered: for the first time, or after an outage; then at most once a minute. */
  readonly onAnswer?: () => void;
  /** Default: 10 s. */
  readonly askAgainMs?: number;
}

/** What failed last is asked again until it is answered, whoever needs it. The timer keeps no process alive. */
export function watchedMaster(
  master: MasterKey,
  { clock, onOutage, onAnswer, askAgainMs = ASK_AGAIN_MS }: Watch,
): MasterKey {
  let again: NodeJS.Timeout | undefined;
  let standing: { readonly answers: boolean; readonly toldAt: number } | undefined;
  const isNews = (answers: boolean, now: number): boolean =>
    standing?.answers !== answers || now - standing.toldAt >= TOLD_AGAIN_MS;

  function note(error: unknown, ask: () => Promise<unknown>): void {
    if (!(error instanceof KeysUnavailable)) return;
    clearTimeout(again);
    again = setTimeout(() => void noting(ask).catch(() => undefined), askAgainMs).unref();
    const now = clock().getTime();
    if (!isNews(false, now)) return;
    standing = { answers: false, toldAt: now };
    onOutage?.(error);
  }

  async function noting<T>(ask: () => Promise<T>): Promise<T> {
    try {
      const value = await ask();
      clearTimeout(again);
      const now = clock().getTime();
      if (isNews(true, now)) {
        standing = { answers: true, toldAt: now };
        onAnswer?.();
      }
      return value;
    } catch (error) {
      note(error, ask);
      throw error;
    }
  }

  return {
    generateDataKey: (purpose) => noting(() => master.generateDataKey(purpose)),
    unwrap: (key, purpose) => noting(() => master.unwrap(key, purpose)),
    rewrap: (key, purpose) => noting(() => master.rewrap(key, purpose)),
    wrap: (plain, purpose) => noting(() => master.wrap(plain, purpose)),
  };
}
