/*
 * The identity sandbox: a relay of the carriers' PASS app (본인확인), in the shape of PortOne's V2 API.
 *
 * POST /identity-verifications {id, phoneNumber?}  -> 200 {id, status, url, requestedAt}; the caller's id, once however
 *   often it is sent
 * GET /identity-verifications/{id}  -> 200 {id, status: 'READY' | 'VERIFIED' | 'FAILED', requestedAt,
 *   verifiedCustomer?: {name, birthDate, phoneNumber, ci}, failure?: {reason, pgCode}};
 *   404 {type: 'IDENTITY_VERIFICATION_NOT_FOUND', message}
 * Refusals: {type, message}. Both want X-API-KEY.
 *
 * Who opens `url` is on the phone: GET shows a form, and
 * POST /_sandbox/verifications/{id} {name, birthDate, phone}  (form or JSON) plays the person in the PASS app
 *   -> 200 {id, status}; a second time it changes nothing. A person is a name and a birth date: the CI follows from
 *   them, whichever the phone. Phones that end in 0401, 0402, 0403 fail: CANCELLED, MISMATCH, EXPIRED.
 */
import { createHash } from 'node:crypto';
import express, { type Express } from 'express';
import { z } from 'zod';
import { type Answer, controlRoutes, type Refuse, serve, serveRest } from './http';
import { listen, openSandbox, type RunningSandbox, resetOf, type Sandbox, type SandboxOptions } from './sandbox';

type Verification = {
  id: string;
  status: 'READY' | 'VERIFIED' | 'FAILED';
  requestedAt: string;
  verifiedCustomer?: { name: string; birthDate: string; phoneNumber: string; ci: string };
  failure?: { reason: string; pgCode: string };
};

const FAILURES: Readonly<Record<string, string>> = { '0401': 'CANCELLED', '0402': 'MISMATCH', '0403': 'EXPIRED' };

const refuse: Refuse = (status, code, message) => ({ status, body: { type: code, message } });

const asked = z.object({
  id: z.string().regex(/^[\w-]{1,128}$/),
  phoneNumber: z
    .string()
    .regex(/^\d{10,11}$/)
    .optional(),
});
const played = z.object({
  name: z.string().min(1).max(50),
  birthDate: z.iso.date(),
  phone: z.string().regex(/^\d{10,11}$/),
});

/** Starts an identity sandbox of its own: several may live in one process. */
export async function startIdentity(options: SandboxOptions = {}): Promise<RunningSandbox> {
  const sandbox = openSandbox('identity', options);
  const place = { url: '' };
  const reset = resetOf(sandbox, []);
  const app = controlRoutes(sandbox, reset);
  phoneRoutes(app, sandbox);
  serve(app, sandbox, refuse, {
    method: 'POST',
    path: '/identity-verifications',
    input: asked,
    handle: ({ id }) => open(sandbox, id, place.url),
  });
  serve(app, sandbox, refuse, {
    method: 'GET',
    path: '/identity-verifications/:id',
    input: z.object({ id: z.string() }),
    handle({ id }) {
      const body = verificationsOf(sandbox).get(id);
      return body ? { status: 200, body } : refuse(404, 'IDENTITY_VERIFICATION_NOT_FOUND', 'no such verification');
    },
  });
  serveRest(app, sandbox, refuse);
  const running = await listen(app, sandbox, [], { options, reset });
  place.url = running.url;
  return running;
}

const verificationsOf = ({ store }: Sandbox) => store.table<Verification>('verifications');

function open(sandbox: Sandbox, id: string, base: string): Answer {
  const verifications = verificationsOf(sandbox);
  const known = verifications.get(id);
  const { status, requestedAt } = known ?? {
    status: 'READY' as const,
    requestedAt: new Date(sandbox.now()).toISOString(),
  };
  if (!known) {
    verifications.set(id, { id, status, requestedAt });
    sandbox.providerLog.append('effect', { effect: 'opened', verification: id });
  }
  return { status: 200, body: { id, status, requestedAt, url: `${base}/_sandbox/verifications/${id}` } };
}

/** What the person sees and does on the phone. Neither logged nor faulty: it is not the contract. */
function phoneRoutes(app: Express, sandbox: Sandbox): void {
  const path = '/_sandbox/verifications/:id';
  app.get(path, (req, res) => {
    if (verificationsOf(sandbox).get(req.params.id)) res.type('html').send(FORM);
    else res.status(404).json(refuse(404, 'NOT_FOUND', 'no such verification').body);
  });
  app.post(path, express.json(), express.urlencoded({ extended: false }), (req, res) => {
    const verification = verificationsOf(sandbox).get(req.params.id);
    const { data, error } = played.safeParse(req.body);
    if (!verification) res.status(404).json(refuse(404, 'NOT_FOUND', 'no such verification').body);
    else if (error) res.status(400).json(refuse(400, 'INVALID_REQUEST', z.prettifyError(error)).body);
    else res.json(play(sandbox, verification, data));
  });
}

function play(sandbox: Sandbox, verification: Verification, person: z.output<typeof played>) {
  const { id } = verification;
  if (verification.status !== 'READY') return { id, status: verification.status };
  const decided = { ...verification, ...outcomeOf(person) };
  sandbox.store.together(() => {
    verificationsOf(sandbox).set(id, decided);
    sandbox.providerLog.append('effect', { effect: decided.status.toLowerCase(), verification: id });
  });
  return { id, status: decided.status };
}

function outcomeOf({ name, birthDate, phone }: z.output<typeof played>): Omit<Verification, 'id' | 'requestedAt'> {
  const pgCode = FAILURES[phone.slice(-4)];
  if (pgCode) return { status: 'FAILED', failure: { reason: '본인확인에 실패했습니다.', pgCode } };
  const ci = createHash('sha512').update(`${name}\0${birthDate}`).digest('base64');
  return { status: 'VERIFIED', verifiedCustomer: { name, birthDate, phoneNumber: phone, ci } };
}

const FORM = `<!doctype html><html lang="ko"><meta charset="utf-8"><title>PASS (sandbox)</title>
<form method="post"><label>이름 <input name="name" required></label>
<label>생년월일 <input name="birthDate" type="date" required></label>
<label>휴대폰 <input name="phone" inputmode="numeric" required></label><button>인증</button></form></html>`;
