/** Who may come in: by the address that was asked for, the page that asks, and the operator's token. */
import cors from 'cors';
import type { Request, RequestHandler } from 'express';
import { plainAddressOf } from '../../api/http/client-address';
import type { Operator } from '../../db/admin-sessions';

/** An operator who was let in. */
export interface Reader {
  readonly operator: Operator;
  /** Whether what they type into Temporal Web may be encrypted for a workflow. */
  readonly mayEncode: boolean;
}

export interface Door {
  /** The `Host` headers under which the server is known: a page that makes its own name lead here is refused. */
  readonly hosts: readonly string[];
  /** Of Temporal Web, exact. */
  readonly origins: readonly string[];
  /** Judges a bearer token and where it comes from; null refuses it. Null in its place: nobody logs in, on one's own
   *  machine only. */
  readonly authorise: ((token: string, address: string) => Promise<Reader | null>) | null;
}

/** A request that is not served; its message is shown to whoever asked. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** What Temporal Web sends, and may ask a browser to let through. */
const HEADERS = ['Content-Type', 'X-Namespace', 'Authorization', 'Caller-Type'];
const REMEMBERED_S = 600;

/** `ways`: for every request; the others for those who read, or write too. */
export function guardsOf(door: Door): { ways: RequestHandler[]; mayRead: RequestHandler; mayWrite: RequestHandler } {
  const origins = new Set(door.origins);
  const allow = cors({ origin: true, methods: ['POST'], allowedHeaders: HEADERS, maxAge: REMEMBERED_S });
  const known: RequestHandler = (req, res, next) => {
    if (!door.hosts.includes(req.get('host') ?? '')) throw new Refused(421, 'this server has another name');
    res.vary('Origin');
    const origin = req.get('origin');
    // A browser tells the page of every request that is not a plain read; who tells none is a command line.
    if (origin === undefined) return next();
    if (!origins.has(origin)) throw new Refused(403, 'this page may not ask');
    allow(req, res, next);
  };
  const letIn =
    (needsWrite: boolean): RequestHandler =>
    async (req, res, next) => {
      if (door.authorise) res.locals.reader = await readerOf(door.authorise, req, needsWrite);
      next();
    };
  return { ways: [known], mayRead: letIn(false), mayWrite: letIn(true) };
}

async function readerOf(authorise: NonNullable<Door['authorise']>, req: Request, needsWrite: boolean): Promise<Reader> {
  const [, token] = /^Bearer (\S+)$/.exec(req.get('authorization') ?? '') ?? [];
  const reader = token === undefined ? null : await authorise(token, plainAddressOf(req));
  if (!reader) throw new Refused(401, 'an operator must log in');
  if (needsWrite && !reader.mayEncode) throw new Refused(403, 'this role may read and not write');
  return reader;
}
