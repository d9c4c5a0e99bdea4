/** What a payer gets who has proven who they are: tokens, and the payer they are for. */
import { z } from '../http/zod';
import type { Member } from './member';
import type { Tokens } from './sessions';

const userSchema = z
  .object({ id: z.uuid(), name: z.string(), email: z.string(), phone: z.string(), grade: z.string() })
  .openapi('User');

export const sessionSchema = z
  .object({ accessToken: z.string(), refreshToken: z.string(), user: userSchema })
  .openapi('Session');

export const sessionBody = (
  { accessToken, refreshToken }: Tokens,
  { id, name, email, phone, grade }: Member,
): z.output<typeof sessionSchema> => ({ accessToken, refreshToken, user: { id, name, email, phone, grade } });
