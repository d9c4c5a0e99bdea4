/** The providers' side of `npm run check`: their journals (sandboxes have them) or their lists of one day. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Db, Trx } from '../../db/connection';
import { breaksOfDay, DAY_LAWS, type DayLists } from '../../db/invariants/day-lists';
import { type Break, type Finding, onSnapshot } from '../../db/invariants/invariant';
import {
  type BankEffect,
  breaksOfJournals,
  JOURNAL_LAWS,
  type Journals,
  type PgEffect,
} from '../../db/invariants/journals';
import type { CheckConfig } from '../../infra/config/commands';
import type { Provider } from '../../infra/config/parts';
import { connectBank, connectPg } from '../providers';

/** A source that did not answer as it should; `message` names it. */
export class SourceDown extends Error {}

const ANSWER_MS = 60_000;
/** Deals move while the sources are read one after the other: a break is one that still holds this much later, ms. */
const PAUSE_MS = 5_000;

async function fetchJson<T>(name: string, { apiKey }: Provider, url: URL): Promise<T> {
  try {
    const answer = await fetch(url, {
      headers: { 'x-api-key': apiKey },
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (!answer.ok) throw new SourceDown(`${name} answered HTTP ${answer.status}`);
    return (await answer.json()) as T;
  } catch (error) {
    if (error instanceof SourceDown) throw error;
    const { cause, name: kind } = error as Error & { cause?: { code?: string } };
    throw new SourceDown(`${name} cannot be read (${cause?.code ?? kind})`);
  }
}

interface Entry {
  readonly kind: string;
}

async function readJournal<T extends Entry>(name: string, provider: Provider): Promise<T[]> {
  const journal = await fetchJson<T[]>(name, provider, new URL('/_sandbox/journal', provider.url));
  return journal.filter(({ kind }) => kind === 'effect');
}

async function readJournals({ softpayment, bank }: Providers): Promise<Journals> {
  const pg = await readJournal<Entry & PgEffect>("the PG's journal", softpayment);
  const transfers = await readJournal<Entry & BankEffect>("the bank's journal", bank);
  return {
    pg: pg.map(({ effect, orderId, paymentKey, amount }) => ({ effect, orderId, paymentKey, amount })),
    bank: transfers.map(({ effect, reference, tradingDate, amount }) => ({ effect, reference, tradingDate, amount })),
  };
}

const textOf = ({ dealNo, fact }: Break): string => `${dealNo} ${fact}`;

/** Looks again, some seconds later, at what looked broken. */
async function lasting(look: () => Promise<Finding[]>): Promise<Finding[]> {
  const first = await look();
  if (first.every(({ total }) => total === 0)) return first;
  await delay(PAUSE_MS);
  const before = new Map(first.map(({ name, breaks }) => [name, new Set(breaks.map(textOf))]));
  return (await look()).map((finding) => {
    const held = finding.breaks.filter((found) => before.get(finding.name)?.has(textOf(found)));
    const unlisted = finding.total - finding.breaks.length;
    return { ...finding, breaks: held, total: held.length + unlisted };
  });
}

/** Looks at each law of a source that was read. */
async function lookAt<L extends { id: string; name: string; law: string }>(
  db: Db,
  laws: readonly L[],
  breaksOf: (trx: Trx, law: L) => Promise<Pick<Finding, 'total' | 'breaks'>>,
  seenBy: (law: L) => Pick<Finding, 'seen' | 'over'>,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const one of laws) {
    const began = performance.now();
    const found = await onSnapshot(db, (trx) => breaksOf(trx, one));
    const { id, name, law } = one;
    findings.push({ id, name, law, ...seenBy(one), ...found, ms: Math.trunc(performance.now() - began) });
  }
  return findings;
}

type Providers = NonNullable<CheckConfig['providers']>;
type PacedProviders = Providers & Pick<CheckConfig, 'policy'>;

/** Our rows and ledger against the sandboxes' own journals. Throws SourceDown. */
export function checkJournals(db: Db, config: Providers): Promise<Finding[]> {
  return lasting(async () => {
    const journals = await readJournals(config);
    return lookAt(
      db,
      JOURNAL_LAWS,
      (trx, law) => breaksOfJournals(trx, law, journals),
      ({ source }) => ({ seen: journals[source].length, over: `effects at the ${source === 'pg' ? 'PG' : 'bank'}` }),
    );
  });
}

async function readDay(config: PacedProviders, day: string): Promise<DayLists> {
  const [settlement, bank] = [connectPg(config).settlementFile(day), connectBank(config).dayList(day)];
  try {
    return { day, settlement: await collect(settlement), bank: await collect(bank) };
  } catch (error) {
    throw new SourceDown((error as Error).message);
  }
}

async function collect<T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> {
  const lines: T[] = [];
  for await (const batch of batches) for (const line of batch) lines.push(line);
  return lines;
}

/** Our rows against the providers' lists of a KST day (`YYYY-MM-DD`). Throws SourceDown. */
export function checkDay(db: Db, config: PacedProviders, day: string): Promise<Finding[]> {
  return lasting(async () => {
    const lists = await readDay(config, day);
    return lookAt(
      db,
      DAY_LAWS,
      (trx, law) => breaksOfDay(trx, law, lists),
      ({ source }) => ({ seen: lists[source].length, over: `lines of the ${source} list of ${day}` }),
    );
  });
}
