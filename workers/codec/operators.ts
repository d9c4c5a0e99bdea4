/** Operators at the door of the codec server: their sessions, their rights, and what the audit keeps of them. */
import { hashOfToken } from '../../api/operator/tokens';
import { audit } from '../../db/admin-audit';
import { useAdminSession } from '../../db/admin-sessions';
import type { Db } from '../../db/connection';
import type { Log } from '../../infra/log';
import { holdsRight } from '../../workflows/domain/operator-roles';
import { type Door, Refused } from './door';
import { createReadings, type Readings } from './readings';

/** Lets in operators whose session lives and whose role may read payloads. */
export const operatorsOnly =
  (db: Db, clock: () => Date): NonNullable<Door['authorise']> =>
  async (token, address) => {
    const tokenHash = hashOfToken(token);
    const operator = await useAdminSession(db, { tokenHash, place: 'api', address, now: clock() });
    if (!operator) return null;
    if (!holdsRight(operator.role, 'payloads.decode'))
      throw new Refused(403, 'your role lacks the right payloads.decode');
    return { operator, mayEncode: holdsRight(operator.role, 'requests.make') };
  };

/** The audit of what operators are shown. */
export const auditedBy = (db: Db, clock: () => Date, log: Log): Readings =>
  createReadings({
    ...{ clock, log },
    note: (operator, what, after) =>
      audit(db, operator, { action: `payloads-${what}`, subjectKind: 'payloads', after, outcome: 'done' }),
  });
