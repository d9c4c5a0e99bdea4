/** What a supply is. */
import type { House } from '../servers/house';
import type { People } from './people';
import type { Stock } from './stock';

/** What the hooks put into a request. A null takes a field away. */
export interface Supplied {
  /** Who asks; nobody on open routes. */
  readonly token?: string;
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | null>>;
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly body?: Readonly<Record<string, unknown>>;
  /** The whole body, as text. */
  readonly raw?: string;
  /** The object is another payer's: the answer must be 404. */
  readonly isForeign?: boolean;
}

/** Of which supplies are made. */
export interface Means {
  readonly house: House;
  readonly people: People;
  readonly stock: Stock;
}

/** Makes the n-th one; `isUsed`: a request with the one before was answered 2xx. */
export type Supply = (n: number, isUsed: boolean) => Promise<Supplied>;

/** How one operation is supplied. */
export interface Source {
  readonly supply: Supply;
  /** The last one is given again until it is used. */
  readonly isLasting: boolean;
}

/** New for every request. */
export const each = (supply: Supply): Source => ({ supply, isLasting: false });

/** The same until it is used up: it is dear to make. */
export const untilUsed = (supply: Supply): Source => ({ supply, isLasting: true });
