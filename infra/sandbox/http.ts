import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { z } from 'zod';
import { clockRoutes } from './clock';
import { type Facts, faultsBody } from './faults';
import type { Sandbox } from './sandbox';

/** What a provider says, and how badly the line carries it: `withheld` never arrives, `dropped` cuts the connection. */
export type Answer = { status: number; body: object; manner?: 'withheld' | 'dropped' | 'garbage'; slow?: Slow };

/** On its way for so many ms; `about`: the orderId or the reference of the call. */
type Slow = { ms: number; about: string | undefined };

/** An error in the provider's own words. */
export type Refuse = (status: number, code: string, message: string) => Answer;

/**
 * One call of the contract. `input` checks path parameters, query and body (`bytes` when it is none of ours), and two
 * headers, merged; the last win.
 */
type Route<Input> = {
  method: 'GET' | 'POST';
  path: string;
  input: z.ZodType<Input>;
  /** What the provider log and the fault rules may know of the call. */
  facts?: (input: Input) => Record<string, unknown>;
  /** Everything it changes is one store transaction, finished before a byte of the answer leaves. */
  handle: (input: Input, facts: Facts) => Answer;
  /** Open to browsers, no API key. */
  open?: boolean;
  /** Must be signed as AWS asks (SigV4); the signature itself is not checked. */
  signed?: boolean;
};

/** The routes that only the sandbox has. They are neither logged nor faulty. */
export function controlRoutes({ name, providerLog, faults, webhooks, clock }: Sandbox, reset: () => void): Express {
  const app = express().disable('x-powered-by').disable('etag');
  app.get('/health', (_, res) => void res.json({ status: 'ok', sandbox: name }));
  app.get('/_sandbox/journal', (_, res) => void res.json(providerLog.list()));
  app.get('/_sandbox/faults', (_, res) => void res.json(faults.list()));
  app.put('/_sandbox/faults', express.json(), (req, res) => {
    const parsed = faultsBody.safeParse(req.body);
    if (!parsed.success) {
      res.status(400).json({ code: 'INVALID_FAULTS', message: z.prettifyError(parsed.error) });
      return;
    }
    faults.replace(parsed.data.faults, parsed.data.seed);
    res.json(faults.list());
  });
  clockRoutes(app, clock);
  app.post('/_sandbox/webhooks/resend', (_, res) => void res.json({ resent: webhooks.resend() }));
  app.post('/_sandbox/reset', (_, res) => {
    reset();
    res.status(204).end();
  });
  return app;
}

const SIGNED = /^AWS4-HMAC-SHA256 Credential=\S+, ?SignedHeaders=\S+, ?Signature=[0-9a-f]{64}$/;

const BYTES_MAX = 100_000;

/** What is none of our formats, as it came: Express reads no body whose encoding it does not know. */
const readBytes: RequestHandler = (req, _res, next) => {
  if (!req.is('application/octet-stream')) return next();
  const chunks: Buffer[] = [];
  let size = 0;
  req.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= BYTES_MAX) chunks.push(chunk);
  });
  req.on('end', () => {
    req.body = { bytes: Buffer.concat(chunks) };
    next();
  });
};

/** Serves one route of the contract: log, API key, input check, faults, answer. */
export function serve<Input>(app: Express, sandbox: Sandbox, refuse: Refuse, route: Route<Input>): void {
  const { providerLog, store, apiKey } = sandbox;
  const parsers = [
    express.json({ limit: '100kb' }),
    express.urlencoded({ extended: false, limit: '100kb' }),
    readBytes,
  ];
  const method = route.method === 'GET' ? 'get' : 'post';
  app[method](route.path, ...parsers, (req: Request, res: Response) => {
    const called = { method: route.method, path: req.path };
    const answerTo = (facts: Record<string, unknown>, decide: (facts: Facts) => Answer) => {
      const answer = store.together(() => {
        const seq = providerLog.append('request', { ...called, ...facts });
        const decided = decide({ ...facts, ...called });
        providerLog.amend(seq, traceOf(decided));
        return decided;
      });
      send(sandbox, answer, res);
    };
    if (!route.open && apiKey !== undefined && req.get('x-api-key') !== apiKey) {
      answerTo({}, () => refuse(401, 'UNAUTHORIZED', 'X-API-KEY is missing or wrong'));
      return;
    }
    if (route.signed && !SIGNED.test(req.get('authorization') ?? '')) {
      answerTo({}, () => refuse(403, 'MISSING_AUTHENTICATION', 'the call is not signed'));
      return;
    }
    const idempotencyKey = req.get('idempotency-key');
    const headers = { idempotencyKey, authorization: req.get('authorization') };
    const parsed = route.input.safeParse({ ...req.query, ...req.body, ...req.params, ...headers });
    if (!parsed.success) {
      const { path, message } = parsed.error.issues[0] ?? { path: [], message: '' };
      answerTo({}, () => refuse(400, 'INVALID_REQUEST', `${path.join('.')}: ${message}`));
      return;
    }
    answerTo(route.facts?.(parsed.data) ?? {}, (facts) =>
      performUnderFaults(sandbox, refuse, facts, () => route.handle(parsed.data, facts)),
    );
  });
}

/** Answers what no route took: unknown paths, and bodies that cannot be read. Goes after the last route. */
export function serveRest(app: Express, sandbox: Sandbox, refuse: Refuse): void {
  const record = ({ method, path }: Request, res: Response, answer: Answer) => {
    sandbox.providerLog.append('request', { method, path, ...traceOf(answer) });
    send(sandbox, answer, res);
  };
  app.use((req, res) => record(req, res, refuse(404, 'NOT_FOUND', `no ${req.method} ${req.path} here`)));
  const unreadable: ErrorRequestHandler = (error: { status?: number; message: string }, req, res, _next) => {
    if (error.status === undefined) record(req, res, refuse(500, 'INTERNAL_ERROR', 'the sandbox itself failed'));
    else record(req, res, refuse(error.status, 'INVALID_REQUEST', 'the body cannot be read'));
  };
  app.use(unreadable);
}

/** Faults of the line and of the provider's front end; faults of the business are taken where they act. */
function performUnderFaults({ faults, timings }: Sandbox, refuse: Refuse, facts: Facts, perform: () => Answer): Answer {
  if (faults.take('timeout-before', facts)) return { status: 504, body: {}, manner: 'withheld' };
  if (faults.take('error-500', facts)) return refuse(500, 'INTERNAL_ERROR', 'fault error-500');
  if (faults.take('rate-limit', facts)) return refuse(429, 'TOO_MANY_REQUESTS', 'fault rate-limit');
  const answer = perform();
  if (faults.take('timeout-after', facts)) return { ...answer, manner: 'withheld' };
  if (faults.take('drop-after-commit', facts)) return { ...answer, manner: 'dropped' };
  if (faults.take('garbage', facts)) return { ...answer, manner: 'garbage' };
  const slow = faults.take('slow', facts);
  return {
    ...answer,
    ...(slow && { slow: { ms: slow.delayMs ?? timings.slowMs, about: facts.orderId ?? facts.reference } }),
    body: tellsAmount(answer.body) && faults.take('wrong-amount', facts) ? withWrongAmounts(answer.body) : answer.body,
  };
}

const tellsAmount = (body: object): boolean => /"(a|cancelA)mount":/.test(JSON.stringify(body));

/** A copy in which every amount is one won too high. */
const withWrongAmounts = (body: object): object =>
  JSON.parse(JSON.stringify(body), (key, value) =>
    (key === 'amount' || key === 'cancelAmount') && typeof value === 'number' ? value + 1 : value,
  );

/** How the provider log tells an answer: its status, or that it was withheld. */
function traceOf({ status, manner }: Answer): Record<string, unknown> {
  if (manner === 'withheld' || manner === 'dropped') return { withheld: manner === 'withheld' ? 'timeout' : 'dropped' };
  return manner === 'garbage' ? { status: 200, garbage: true } : { status };
}

function send({ timings, delays }: Sandbox, { status, body, manner, slow }: Answer, res: Response): void {
  const cut = () => void res.req.socket.destroy();
  if (manner === 'withheld') setTimeout(cut, timings.hangMs).unref();
  else if (manner === 'dropped') cut();
  else if (slow) delays.add(slow.about, slow.ms, answer);
  else answer();

  function answer() {
    if (status === 429) res.set('Retry-After', '1');
    if (manner === 'garbage') res.status(200).type('json').send('{"status":"DO\u0000<html>');
    else res.status(status).json(body);
  }
}
