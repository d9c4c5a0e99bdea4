/** Money: whole Korean won, integers from end to end (spec §3). */

declare const unit: unique symbol;

/** A non-negative whole amount of KRW. The won has no minor unit. */
export type Won = number & { readonly [unit]: 'KRW' };

const BPS = 10_000n;

/** The amount as `Won`; RangeError when it is not a non-negative safe integer. */
export function won(amount: number): Won {
  if (!Number.isSafeInteger(amount) || amount < 0) throw new RangeError(`not a won amount: ${amount}`);
  return amount as Won;
}

/** Parses an int8 column, which the PostgreSQL driver returns as text. RangeError when it is not a won amount. */
export function parseWon(text: string | number): Won {
  if (typeof text === 'string' && !/^\d+$/.test(text)) throw new RangeError(`not a won amount: ${text}`);
  return won(Number(text));
}

/** a + b; RangeError beyond the safe integers. */
export function addWon(a: Won, b: Won): Won {
  return won(a + b);
}

/** a − b; RangeError when the result would be negative. */
export function subtractWon(a: Won, b: Won): Won {
  return won(a - b);
}

/** `amount × rateBps / 10 000` with the fraction of a won dropped (원 미만 절사). Exact: computed in bigint. */
export function bpsFloor(amount: Won, rateBps: number): Won {
  if (!Number.isInteger(rateBps) || rateBps < 0 || rateBps > 10_000) throw new RangeError(`not a rate: ${rateBps} bps`);
  return won(Number((BigInt(amount) * BigInt(rateBps)) / BPS));
}
