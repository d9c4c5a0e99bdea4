/**
 * One live stream for all deals of a payer. Its ids are horizons (db/views/deal-changes.ts): "everything before this
 * transaction was told". A client that comes back with `Last-Event-ID` is told all that happened since; what it had
 * just heard may come twice.
 */
import type { Db } from '../../db/connection';
import { type ChangePlace, changesAfter, type Edge, edgesSince, placeBefore } from '../../db/views/deal-changes';
import { findDealViews } from '../../db/views/payer-deals';
import type { ApiDeps } from '../deps';
import { type Operation, payerOperation } from '../http/operation';
import { type Showing, toDealResource } from './deal-resource';
import type { OpenStream, Stream } from './streams';
import { toTimelineItem } from './timeline';

/** Deals read at once by a client that was away for long. */
const PAGE = 100;
/** PostgreSQL's transaction numbers are 64 bits. */
const EVENT_ID = /^\d{1,19}$/;

type Telling = Showing & Pick<ApiDeps, 'db'>;

export function eventOperations(deps: Telling, openStream: OpenStream): Operation[] {
  return [
    payerOperation({
      method: 'get',
      path: '/v1/events',
      tag: 'deals',
      summary: "Live events of all of a payer's deals",
      description:
        'Server-sent events. `ready`, when no id was given or none that is known: read the lists now, what happens ' +
        'after this moment is told. `deal`: the whole deal as it is, with `moves`, its edges since it was told last; ' +
        'at every change, perhaps twice. Every event has an id; with it as `Last-Event-ID` nothing that happened ' +
        'meanwhile is lost. A stream ends after ten minutes, or when its session does. Read it with `fetch` and the ' +
        'access token: `EventSource` sends no header, and cookies are heard by no stream.',
      headers: { 'Last-Event-ID': 'The id of the last event that was taken.' },
      answers: { 200: 'text/event-stream' },
      problems: ['too-many-requests'],
      async handle({ payer, req, res }) {
        const lastId = req.get('last-event-id');
        await openStream({ payer, req, res }, (stream) => follow(deps, stream, payer.userId, lastId));
        return undefined;
      },
    }),
  ];
}

/** What a change was when it was told, by deal. */
type Told = ReadonlyMap<string, { readonly xid: bigint; readonly version: number }>;

async function follow(deps: Telling, stream: Stream, userId: string, lastId: string | undefined): Promise<void> {
  let since = await beginAt(deps.db, stream, userId, lastId);
  let told: Told = new Map();
  for (;;) {
    ({ since, told } = await tellChanges(deps, stream, userId, { since, told }));
    await stream.pause();
  }
}

/**
 * Where the stream begins. An id beyond the horizon is none of ours, or of a database that has been put back since:
 * what it stands for is not known.
 */
async function beginAt(db: Db, stream: Stream, userId: string, lastId: string | undefined): Promise<bigint> {
  const { horizon } = await changesAfter(db, userId, placeBefore(0n), 0);
  const known = lastId !== undefined && EVENT_ID.test(lastId) ? BigInt(lastId) : undefined;
  if (known !== undefined && known <= horizon) return known;
  await stream.send({ event: 'ready', id: `${horizon}`, data: {} });
  return horizon;
}

/**
 * Tells every change since the horizon that was not told by this stream, in pages, and answers with the next horizon:
 * that of the first page, so that what changes during the later ones is found again.
 */
async function tellChanges(
  deps: Telling,
  stream: Stream,
  userId: string,
  { since, told }: { readonly since: bigint; readonly told: Told },
): Promise<{ since: bigint; told: Told }> {
  const next = new Map<string, { xid: bigint; version: number }>();
  let horizon: bigint | undefined;
  let after = placeBefore(since);
  for (;;) {
    const page = await changesAfter(deps.db, userId, after, PAGE);
    horizon ??= page.horizon;
    const begun = horizon;
    const isLast = page.changed.length < PAGE;
    // Until everything since the last horizon is told, a client that comes back begins there again.
    const lastId = isLast ? begun : since;
    const versions = await tellPage(deps, stream, userId, { changed: page.changed, lastId, since, told });
    // The others are not found again: the next look begins at the horizon.
    for (const { dealId, xid } of page.changed.filter(({ xid }) => xid >= begun))
      next.set(dealId, { xid, version: versions.get(dealId) ?? told.get(dealId)?.version ?? 0 });
    if (isLast) return { since: begun, told: next };
    after = page.changed.at(-1) ?? after;
  }
}

interface Page {
  readonly changed: readonly ChangePlace[];
  /** The id that the last event of the page has; the others have the one before it. */
  readonly lastId: bigint;
  readonly since: bigint;
  readonly told: Told;
}

/**
 * Tells the changes of the page that are new; answers with the versions that were told. The deals are read before their
 * edges: an edge that comes in between belongs to the next telling.
 */
async function tellPage(
  deps: Telling,
  stream: Stream,
  userId: string,
  { changed, lastId, since, told }: Page,
): Promise<ReadonlyMap<string, number>> {
  const fresh = changed.filter(({ dealId, xid }) => told.get(dealId)?.xid !== xid).map(({ dealId }) => dealId);
  if (fresh.length === 0) return new Map();
  const found = new Map((await findDealViews(deps.db, userId, fresh)).map((deal) => [deal.id as string, deal]));
  const edges = await edgesSince(deps.db, fresh, since);
  const deals = fresh.flatMap((dealId) => found.get(dealId) ?? []);
  for (const [index, deal] of deals.entries()) {
    const from = told.get(deal.id)?.version ?? 0;
    const isToTell = ({ dealId, version }: Edge) => dealId === deal.id && version > from && version <= deal.version;
    const moves = edges.filter(isToTell).map(toTimelineItem);
    const id = index === deals.length - 1 ? lastId : since;
    await stream.send({ event: 'deal', id: `${id}`, data: { ...(await toDealResource(deps, deal)), moves } });
  }
  return new Map(deals.map(({ id, version }) => [id, version]));
}
