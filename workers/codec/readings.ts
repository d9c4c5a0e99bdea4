/**
 * What the audit keeps of the payloads that operators are shown. A page of Temporal Web asks for each event by itself:
 * so an entry tells of the first reading of a session before it is answered, and one more, a minute later, how much was
 * shown in that minute, if it was more. Which workflow it was of, nobody is told.
 */
import type { Operator } from '../../db/admin-sessions';
import type { Log } from '../../infra/log';
import type { Disclosure } from './app';

const WINDOW_MS = 60_000;

interface Shown {
  readonly payloads: number;
  readonly keyIds: readonly string[];
}
/** Of one minute; `inAll`, with the reading that was noted at its beginning. */
interface ShownInAll {
  readonly inAll: number;
  readonly readings: number;
  readonly since: string;
  readonly keyIds: readonly string[];
}

interface Minute {
  readonly reader: Operator;
  readonly since: Date;
  readonly readings: Shown[];
  /** The entry of the first. */
  readonly isNoted: Promise<void>;
}

interface Deps {
  /** Adds an entry to the audit. */
  note(reader: Operator, what: Disclosure['what'], shown: Shown | ShownInAll): Promise<void>;
  readonly clock: () => Date;
  readonly log: Log;
}

export interface Readings {
  /** Resolves when it may be shown: an entry tells of it, or will count it. */
  noted(disclosure: Disclosure): Promise<void>;
  /** Writes what was counted; nothing is shown afterwards. */
  close(): Promise<void>;
}

export function createReadings({ note, clock, log }: Deps): Readings {
  const open = new Map<string, Minute>();
  /** Over, and not written yet. */
  const over = new Set<Minute>();

  async function writeTotal(minute: Minute): Promise<void> {
    const { reader, since, readings } = minute;
    over.delete(minute);
    if (readings.length === 1) return; // its first entry says all
    const keyIds = [...new Set(readings.flatMap((shown) => shown.keyIds))];
    const inAll = readings.reduce((sum, { payloads }) => sum + payloads, 0);
    const total = { inAll, readings: readings.length, since: since.toISOString(), keyIds };
    await note(reader, 'decode', total).catch((error: unknown) => {
      over.add(minute);
      throw error;
    });
  }

  /** Tried again, each minute, until it is written. */
  function writeInTime(minute: Minute): void {
    void writeTotal(minute).catch((error: Error) => {
      log.error({ reason: error.name }, 'what was shown in a minute is not in the audit yet');
      setTimeout(() => writeInTime(minute), WINDOW_MS).unref();
    });
  }

  async function begin(key: string, reader: Operator, shown: Shown): Promise<void> {
    const minute = { reader, since: clock(), readings: [shown], isNoted: note(reader, 'decode', shown) };
    open.set(key, minute);
    try {
      await minute.isNoted;
    } catch (error) {
      open.delete(key); // those that waited for it are not shown either
      throw error;
    }
    setTimeout(() => {
      open.delete(key);
      writeInTime(minute);
    }, WINDOW_MS).unref();
  }

  return {
    async noted({ what, reader, payloads, keyIds }) {
      if (!reader) throw new Error('nobody is known to whom this is shown');
      const { operator } = reader;
      const shown = { payloads, keyIds };
      if (what === 'encode') return note(operator, what, shown);
      const key = `${operator.sessionId} ${operator.address}`;
      const minute = open.get(key);
      if (!minute) return begin(key, operator, shown);
      minute.readings.push(shown);
      return minute.isNoted;
    },
    async close() {
      await Promise.all([...open.values(), ...over].map(writeTotal));
    },
  };
}
