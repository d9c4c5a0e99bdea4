/** How a payer is told apart: phone and e-mail, as they may be written in a request. */
import { z } from '../http/zod';

export const phone = z
  .string()
  .regex(/^01[016789]\d{7,8}$/)
  .openapi({ example: '01012345678' });
export const email = z.email().max(254).toLowerCase();
export const password = z.string().min(12).max(128);
