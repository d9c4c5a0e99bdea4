/** What operators prove themselves with, as it may be written in a request or an option. */
import { HANDLE } from '../../workflows/domain/operator-roles';
import { z } from '../http/zod';

export const handle = z.string().regex(HANDLE).openapi({
  example: 'kim',
  description: 'An operator’s name in stories and audits: 2 to 40 small letters, digits, dots and dashes.',
});

/** Of an authenticator. */
export const totpCode = z
  .string()
  .regex(/^\d{6}$/)
  .openapi({ example: '123456', description: 'Six digits of the authenticator; they count once.' });
