/** How the bytes of any provider become text and numbers. */
import { z } from 'zod';

/**
 * A body as text: UTF-8, with or without a byte-order mark, else EUC-KR, in which older Korean systems still write.
 * Never throws; the bytes are the evidence.
 */
export function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('euc-kr').decode(bytes);
  }
}

const DIGITS = /^-?\d{1,15}$/;

/** A number that some send as a text of its digits; anything else as it is, for its own check to refuse. */
export const numberOf = (told: unknown): unknown =>
  typeof told === 'string' && DIGITS.test(told) ? Number(told) : told;

/** Whole won of an answer or an event. */
export const wholeWon = z.preprocess(numberOf, z.int());
