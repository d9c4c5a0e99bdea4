/** A payer's own sessions and devices: where they are logged in, and how to end that. */
import { type Device, listDevices, removeDevice } from '../../db/devices';
import { noteSessionsEnded } from '../../db/users';
import type { ApiDeps } from '../deps';
import { type Operation, type Payer, payerOperation } from '../http/operation';
import { Problem } from '../http/problem';
import { id, z } from '../http/zod';
import type { StoredSession } from './session-store';
import type { Sessions } from './sessions';

const label = z.string().openapi({
  description: 'Browser and system, as the User-Agent told them at the log-in; `unknown` when it did not.',
  example: 'Chrome, Android',
});
const current = z.boolean().openapi({ description: 'Whether this request is of it.' });
const sessionSchema = z
  .object({
    id: z.uuid(),
    deviceId: z.uuid(),
    label,
    createdAt: z.iso.datetime(),
    refreshedAt: z.iso.datetime(),
    current,
  })
  .openapi('OpenSession');
const deviceSchema = z
  .object({
    id: z.uuid(),
    label,
    createdAt: z.iso.datetime(),
    recognisedAt: z.iso.datetime().nullable().openapi({ description: 'The last log-in with its device token.' }),
    current,
  })
  .openapi('Device');
const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item) });

export function sessionOperations(deps: ApiDeps, sessions: Sessions): Operation[] {
  return [...sessionRoutes(deps, sessions), ...deviceRoutes(deps, sessions)];
}

const tag = 'sessions';
const NOT_YOURS = 'One that is not the payer’s, or has ended, is 404.';

function sessionRoutes({ db, clock }: ApiDeps, sessions: Sessions): Operation[] {
  return [
    payerOperation({
      method: 'get',
      path: '/v1/users/me/sessions',
      tag,
      operationId: 'listSessions',
      summary: 'List live sessions, the one refreshed last first',
      answers: { 200: listOf(sessionSchema) },
      problems: [],
      async handle({ payer }) {
        const items = (await sessions.list(payer.userId)).map((one) => toSession(one, payer));
        return { status: 200, body: { items } };
      },
    }),
    payerOperation({
      method: 'delete',
      path: '/v1/users/me/sessions',
      tag,
      operationId: 'endSessions',
      summary: 'End all sessions',
      description: 'The one of this request too, unless `others` is `true`.',
      query: z.strictObject({ others: z.enum(['true', 'false']).optional() }),
      answers: { 204: null },
      problems: ['invalid-request'],
      async handle({ payer, query }) {
        const kept = query.others === 'true' ? payer.sessionId : undefined;
        await noteSessionsEnded(db, payer.userId, clock(), kept ?? null);
        await sessions.closeAll(payer.userId, kept);
        return { status: 204 };
      },
    }),
    payerOperation({
      method: 'delete',
      path: '/v1/users/me/sessions/{sessionId}',
      tag,
      operationId: 'endSession',
      summary: 'End one session',
      description: NOT_YOURS,
      params: z.object({ sessionId: id }),
      answers: { 204: null },
      problems: ['not-found'],
      async handle({ payer, params }) {
        if (!(await sessions.close(payer.userId, params.sessionId))) throw new Problem('not-found');
        return { status: 204 };
      },
    }),
  ];
}

function deviceRoutes({ db, clock }: ApiDeps, sessions: Sessions): Operation[] {
  return [
    payerOperation({
      method: 'get',
      path: '/v1/users/me/devices',
      tag,
      operationId: 'listDevices',
      summary: 'List the devices that the server knows again, newest first',
      answers: { 200: listOf(deviceSchema) },
      problems: [],
      async handle({ payer }) {
        const items = (await listDevices(db, payer.userId)).map((one) => toDevice(one, payer));
        return { status: 200, body: { items } };
      },
    }),
    payerOperation({
      method: 'delete',
      path: '/v1/users/me/devices/{deviceId}',
      tag,
      operationId: 'removeDevice',
      summary: 'Forget a device and end its sessions',
      description: 'One that was forgotten already answers 204 again; one that never was the payer’s is 404.',
      params: z.object({ deviceId: id }),
      answers: { 204: null },
      problems: ['not-found'],
      async handle({ payer, params }) {
        if (!(await removeDevice(db, payer.userId, params.deviceId, clock()))) throw new Problem('not-found');
        await sessions.closeDevice(payer.userId, params.deviceId);
        return { status: 204 };
      },
    }),
  ];
}

const toSession = ({ id, deviceId, label, createdMs, refreshedMs }: StoredSession, payer: Payer) => ({
  ...{ id, deviceId, label },
  createdAt: new Date(createdMs).toISOString(),
  refreshedAt: new Date(refreshedMs).toISOString(),
  current: id === payer.sessionId,
});

const toDevice = ({ id, label, createdAt, recognisedAt }: Device, payer: Payer) => ({
  ...{ id, label },
  createdAt: createdAt.toISOString(),
  recognisedAt: recognisedAt?.toISOString() ?? null,
  current: id === payer.deviceId,
});
