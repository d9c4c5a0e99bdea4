/** Softpayment's key of a payment, in one form wherever it is told: two readings of it would be two payments. */
import { z } from 'zod';

/** Printable, without spaces, and no longer than our column keeps (assumed: docs/external-interfaces.md). */
export const paymentKey = z.string().regex(/^[\x21-\x7e]{1,200}$/);
