/**
 * What a request needs to be about something real: whose it is, ids, and fields of its body that nobody can guess. Asked for by the
 * hooks (hooks.py) before each request, over HTTP.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { accountSupplies } from './account-supplies';
import { dealSupplies } from './deal-supplies';
import { isOfOperators, operatorSupplies } from './operator-supplies';
import type { Means, Source, Supplied } from './source';

/** Codes and tokens end in minutes. */
const LASTING_MS = 60_000;

interface Asked {
  /** Method and path, as in the document. */
  readonly operation: string;
  /** The last request of the operation was answered 2xx. */
  readonly used: boolean;
}

export interface RunningSupply {
  readonly url: string;
  /** Why the supply failed, each time. */
  readonly troubles: readonly string[];
  close(): Promise<void>;
}

/** Serves `POST / {operation, used}` on a free port. */
export async function serveSupply(means: Means): Promise<RunningSupply> {
  const { people, stock } = means;
  const operators = await operatorSupplies(means);
  const sources: Readonly<Record<string, Source>> = {
    ...dealSupplies(means),
    ...(await accountSupplies(means)),
    ...operators.sources,
  };
  const given = new Map<string, { readonly supplied: Supplied; readonly at: number }>();
  const counts = new Map<string, number>();
  const troubles: string[] = [];

  async function supplyOf({ operation, used }: Asked): Promise<Supplied> {
    const n = counts.get(operation) ?? 0;
    counts.set(operation, n + 1);
    const source = sources[operation];
    const payer = stock.atRest[n % stock.atRest.length]?.payer;
    if (!source && isOfOperators(operation)) return operators.byDefault();
    if (!source) return payer ? { token: await people.tokenOf(payer) } : {};
    const last = given.get(operation);
    if (source.isLasting && last && !used && Date.now() - last.at < LASTING_MS) return last.supplied;
    const supplied = await source.supply(n, used);
    given.set(operation, { supplied, at: Date.now() });
    return supplied;
  }

  const server = createServer(async (req, res) => {
    const asked = (await json(req)) as Asked;
    try {
      res.end(JSON.stringify(await supplyOf(asked)));
    } catch (error) {
      troubles.push(`${asked.operation}: ${(error as Error).message}`);
      res.writeHead(500).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    troubles,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
