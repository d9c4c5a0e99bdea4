/** Lets in only operators with a live session, whose role holds the right that the operation needs. */
import type { RequestHandler } from 'express';
import { useAdminSession } from '../../db/admin-sessions';
import { holdsRight, OPERATOR_RIGHTS, type OperatorRight } from '../../workflows/domain/operator-roles';
import type { ApiDeps } from '../deps';
import { plainAddressOf } from '../http/client-address';
import { Problem } from '../http/problem';
import { hashOfToken } from './tokens';

/** Sets `res.locals.operator`; otherwise `unauthenticated`, or `right-missing`, which names the right. */
export function authenticateOperator(
  { db, wallClock }: Pick<ApiDeps, 'db' | 'wallClock'>,
  right: OperatorRight,
): RequestHandler {
  return async (req, res, next) => {
    const token = /^Bearer (plicop_[\w-]{43})$/i.exec(req.get('authorization') ?? '')?.[1];
    const from = { place: 'api', address: plainAddressOf(req) } as const;
    const operator = token && (await useAdminSession(db, { tokenHash: hashOfToken(token), ...from, now: wallClock() }));
    if (!operator)
      throw new Problem('unauthenticated', { headers: { 'WWW-Authenticate': 'Bearer realm="plic-admin"' } });
    res.locals.operator = operator;
    if (!holdsRight(operator.role, right)) throw rightMissing(right);
    next();
  };
}

const rightMissing = (right: OperatorRight): Problem =>
  new Problem('right-missing', {
    detail: {
      ko: `이 역할에는 ${right} 권한이 없습니다.`,
      en: `Your role lacks the right ${right} (${OPERATOR_RIGHTS[right]}).`,
    },
    extra: { right },
  });
