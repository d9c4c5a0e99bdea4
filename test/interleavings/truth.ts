/** What really happened to a deal's money, by the journals of Softpayment and the bank alone. */
import type { House } from '../servers/house';
import type { JournalEntry } from '../servers/sandboxes';

/** One charge at the PG, won. */
export interface TrueCharge {
  readonly orderId: string;
  readonly paymentKey: string;
  readonly charged: number;
  readonly cancelled: number;
}

export interface TrueTransfer {
  readonly reference: string;
  readonly paid: number;
  readonly returned: number;
}

export interface Truth {
  readonly charges: readonly TrueCharge[];
  readonly transfers: readonly TrueTransfer[];
  /** The PG's events that were delivered, by paymentKey. */
  readonly told: ReadonlySet<string>;
}

type Entries = readonly JournalEntry[];

/** Reads both journals once; the answer tells of any deal. */
export async function readTruth({ sandboxes }: Pick<House, 'sandboxes'>): Promise<(dealNo: string) => Truth> {
  const [pg, bank] = await Promise.all([sandboxes.softpayment.journal(), sandboxes.bank.journal()]);
  return (dealNo) => ({ charges: chargesOf(pg, dealNo), transfers: transfersOf(bank, dealNo), told: toldOf(pg) });
}

const sumOf = (entries: Entries): number => entries.reduce((sum, { amount = 0 }) => sum + amount, 0);
const keysOf = (entries: Entries, key: 'paymentKey' | 'reference'): string[] => [
  ...new Set(entries.flatMap((entry) => entry[key] ?? [])),
];

function chargesOf(pg: Entries, dealNo: string): TrueCharge[] {
  const mine = pg.filter(({ kind, orderId = '' }) => kind === 'effect' && orderId.startsWith(`${dealNo}-`));
  return keysOf(mine, 'paymentKey').map((paymentKey) => {
    const own = mine.filter((entry) => entry.paymentKey === paymentKey);
    const sum = (effect: string) => sumOf(own.filter((entry) => entry.effect === effect));
    return { orderId: own[0]?.orderId ?? '', paymentKey, charged: sum('charged'), cancelled: sum('cancelled') };
  });
}

function transfersOf(bank: Entries, dealNo: string): TrueTransfer[] {
  const mine = bank.filter(({ kind, reference = '' }) => kind === 'effect' && reference.startsWith(`${dealNo}-`));
  return keysOf(mine, 'reference').map((reference) => {
    const count = (effect: string) =>
      mine.filter((entry) => entry.reference === reference && entry.effect === effect).length;
    return { reference, paid: count('transferred'), returned: count('returned') };
  });
}

function toldOf(pg: Entries): Set<string> {
  const heard = pg.filter(({ kind, status }) => kind === 'webhook' && status === 200);
  return new Set(heard.flatMap(({ body = '' }) => body.match(/pay_[\w-]+/)?.[0] ?? []));
}

/** Charges of which something is kept. */
export const keptOf = ({ charges }: Truth): TrueCharge[] =>
  charges.filter(({ charged, cancelled }) => charged > cancelled);

/** Payouts that did not come back. */
export const payoutsOf = ({ transfers }: Truth): number =>
  transfers.reduce((sum, { paid, returned }) => sum + paid - returned, 0);
