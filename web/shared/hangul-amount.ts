/** An amount as Koreans say it: people check 103만 원 sooner than 1030000. */
import { numberToHangulMixed } from 'es-hangul';

/** `103만 원`, `1만 500원`; nothing for 0. */
export const hangulAmount = (amount: number): string =>
  amount === 0 ? '' : `${numberToHangulMixed(amount, { spacing: true })}${amount % 10_000 === 0 ? ' ' : ''}원`;
