/** What a deal's workflow shows in the clear: never an exact amount or personal data. */
import type { Won } from './money';

const BANDS: readonly (readonly [below: number, name: string])[] = [
  [100_000, '<100K'],
  [500_000, '<500K'],
  [1_000_000, '<1M'],
  [3_000_000, '<3M'],
];

/** The band of a principal: `<100K`, `<500K`, `<1M`, `<3M` or `>=3M` won. */
export function amountBandOf(principal: Won): string {
  return BANDS.find(([below]) => principal < below)?.[1] ?? '>=3M';
}
