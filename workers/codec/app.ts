/**
 * The codec server: what Temporal stores of us is opened for people who may read it, on its way into Temporal Web or
 * Temporal's command line. It speaks the remote-codec protocol of both: `POST /decode` and `POST /encode`, payloads as
 * JSON. Whoever asks is judged before a payload is looked at, and no payload is ever logged.
 */
import type { Payload, PayloadCodec } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { z } from 'zod';
import type { Log } from '../../infra/log';
import { isEncrypted, keyIdOf } from '../../infra/temporal/codec';
import { type Door, guardsOf, type Reader, Refused } from './door';

const { Payload: PayloadMessage } = temporal.api.common.v1;

/** What was done for whom; never what was in it. */
export interface Disclosure {
  readonly what: 'decode' | 'encode';
  /** Null: nobody had to log in. */
  readonly reader: Reader | null;
  readonly payloads: number;
  /** Of the keys that were needed. */
  readonly keyIds: readonly string[];
}

interface CodecDeps {
  readonly codec: Required<PayloadCodec>;
  readonly namespace: string;
  readonly door: Door;
  /** Proxies in front that are believed about the caller's address. */
  readonly proxies: number;
  /** Written before anything is answered; without it nothing is. */
  audit(disclosure: Disclosure): Promise<void>;
  readonly log: Log;
}

/** A payload of Temporal is at most 2 MB, a third longer in base64. */
const BODY_LIMIT = '4mb';
const PAYLOADS_MAX = 1_000;

const base64 = z.base64();
const BODY = z.object({
  payloads: z
    .array(z.object({ metadata: z.record(z.string(), base64).optional(), data: base64.nullish() }))
    .max(PAYLOADS_MAX),
});

const toJson = (payload: Payload): object =>
  PayloadMessage.toObject(PayloadMessage.fromObject(payload), { bytes: String });

/** The Express application; it opens and closes nothing. */
export function createCodecApp(deps: CodecDeps): Express {
  const app = express();
  app.set('trust proxy', deps.proxies).set('strict routing', true).set('case sensitive routing', true);
  app.disable('x-powered-by').disable('etag');
  app.get('/health', (_req, res) => void res.json({ status: 'ok' }));
  const { ways, mayRead, mayWrite } = guardsOf(deps.door);
  app.use(...ways);
  const json = express.json({ limit: BODY_LIMIT });
  app.post('/decode', mayRead, json, answer(deps, 'decode'));
  app.post('/encode', mayWrite, json, answer(deps, 'encode'));
  app.use(() => {
    throw new Refused(404, 'there is nothing here');
  });
  app.use(tellWhy(deps.log));
  return app;
}

function answer({ codec, namespace, audit }: CodecDeps, what: Disclosure['what']): RequestHandler {
  return async (req, res) => {
    const named = req.get('x-namespace') || namespace; // the command line leaves it empty
    if (named !== namespace) throw new Refused(400, 'another namespace');
    const { success, data } = BODY.safeParse(req.body);
    if (!success) throw new Refused(400, 'not a list of payloads');
    const payloads = data.payloads.map((payload) => PayloadMessage.fromObject(payload));
    const reader: Reader | null = res.locals.reader ?? null;
    const keyIds = [...new Set(payloads.filter(isEncrypted).map(keyIdOf))];
    const changed = await codec[what](payloads).catch(unlessUnreadable);
    await audit({ what, reader, payloads: payloads.length, keyIds });
    res.set('Cache-Control', 'no-store').json({ payloads: changed.map(toJson) });
  };
}

/** What AES-GCM says of a changed payload, of another namespace's or of another key's. */
function unlessUnreadable(error: Error): never {
  if (/unable to authenticate|malformed encrypted payload/.test(error.message))
    throw new Refused(400, 'a payload cannot be opened: it was changed, or is of another namespace');
  throw error;
}

/** Anything but a refusal is told as no answer for now: keys that cannot be had, above all. */
function tellWhy(log: Log): ErrorRequestHandler {
  return (error: Error & { status?: number }, _req, res, _next) => {
    const status = error.status ?? 503;
    const reason = error instanceof Refused ? error.message : `no answer (${error.name})`;
    log[status < 500 ? 'warn' : 'error']({ status, reason }, 'refused');
    res.status(status).json({ message: reason });
  };
}
