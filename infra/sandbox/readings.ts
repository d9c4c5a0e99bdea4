/** Where a contract can be read in two ways, a sandbox lives either: chosen at its start, or while it runs. */
import express, { type Express } from 'express';
import { z } from 'zod';

export const softpaymentReadings = z.strictObject({
  /** A declined orderId that is sent again: its FAILED is said again for ever, or it is judged again and may charge. */
  declines: z.enum(['replayed', 'judged-anew']).default('replayed'),
});
export type SoftpaymentReadings = z.infer<typeof softpaymentReadings>;

export const bankReadings = z.strictObject({
  /** A known reference is DUP before the gate (901, 902, 903) is asked, or only when the gate is open. */
  duplicateCheck: z.enum(['before-gate', 'after-gate']).default('before-gate'),
  /** For so long after a transfer was accepted its query answers 404, ms. */
  notFoundMs: z.int().min(0).max(3_600_000).default(0),
});
export type BankReadings = z.infer<typeof bankReadings>;

export type Readings<T> = {
  get(): T;
  /** Takes those that are named and leaves the others; what is no reading changes nothing. */
  change(some: unknown): z.ZodSafeParseResult<T>;
  /** Goes back to the start's. */
  reset(): void;
};

/** @throws ZodError when `atStart` holds what is no reading */
export function createReadings<T extends object>(schema: z.ZodType<T>, atStart: object = {}): Readings<T> {
  const first = schema.parse(atStart);
  let present = first;
  return {
    get: () => present,
    change(some) {
      const parsed = schema.safeParse({ ...present, ...(some as object) });
      if (parsed.success) present = parsed.data;
      return parsed;
    },
    reset() {
      present = first;
    },
  };
}

/** `GET` and `PUT /_sandbox/readings`: like the other controls they are not logged. */
export function serveReadings<T>(app: Express, readings: Readings<T>): void {
  app.get('/_sandbox/readings', (_, res) => void res.json(readings.get()));
  app.put('/_sandbox/readings', express.json(), (req, res) => {
    const { data, error } = readings.change(req.body);
    if (error) res.status(400).json({ code: 'INVALID_READINGS', message: z.prettifyError(error) });
    else res.json(data);
  });
}
