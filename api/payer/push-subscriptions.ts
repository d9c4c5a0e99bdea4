/** Where a payer's devices hear pushes: the token that FCM gave the app, or what the browser subscribed to. */
import { v7 as uuid } from 'uuid';
import { placeOf } from '../../db/encrypted-columns';
import {
  addPushSubscription,
  listPushSubscriptions,
  PUSH_KINDS,
  type PushKind,
  type PushSubscription,
  removePushSubscription,
} from '../../db/push-subscriptions';
import { isPushService } from '../../workflows/domain/push';
import type { ApiDeps } from '../deps';
import { type Operation, type Payer, payerOperation } from '../http/operation';
import { Problem, type Words } from '../http/problem';
import { id, z } from '../http/zod';

const NOT_A_SERVICE: Words = {
  ko: '이 브라우저의 알림 서비스는 지원하지 않습니다.',
  en: 'It is of no push service that we call.',
};
const NOT_SENT: Words = {
  ko: '이 종류의 푸시 알림은 보내지 않습니다.',
  en: 'Pushes of this kind are not sent.',
};

const base64url = (letters: number) => z.string().regex(new RegExp(`^[\\w-]{${letters}}={0,2}$`));

/** By what is configured. */
function bodyOf({ apps, applicationServerKey, services }: ApiDeps['config']['push']) {
  const sent = { fcm: apps, web: applicationServerKey !== null };
  const kindOf = <K extends PushKind>(kind: K) =>
    z.literal(kind).refine(() => sent[kind], { params: { words: NOT_SENT } });
  return z.discriminatedUnion('kind', [
    z.strictObject({
      kind: kindOf('fcm'),
      registrationToken: z
        .string()
        .regex(/^[\w:.-]{20,4096}$/)
        .openapi({ description: 'That Firebase gave the app.', example: 'cZ9xQ2vTR0mJ:APA91bFexampleexampleexample' }),
    }),
    z.strictObject({
      kind: kindOf('web'),
      endpoint: z
        .url()
        .max(2_000)
        .refine((given) => isPushService(given, services), { params: { words: NOT_A_SERVICE } })
        .openapi({
          description: 'As the browser tells it; of a push service that we call.',
          example: 'https://fcm.googleapis.com/fcm/send/example',
        }),
      p256dh: base64url(87).openapi({
        description: '`keys.p256dh` of the subscription.',
        example: `B${'A'.repeat(86)}`,
      }),
      auth: base64url(22).openapi({ description: '`keys.auth` of the subscription.', example: 'A'.repeat(22) }),
    }),
  ]);
}

const subscriptionSchema = z
  .object({
    ...{ id: z.uuid(), kind: z.enum(PUSH_KINDS), deviceId: z.uuid(), createdAt: z.iso.datetime() },
    current: z.boolean().openapi({ description: 'Of the device that asks.' }),
  })
  .openapi('PushSubscription');

const listSchema = z
  .object({
    items: z.array(subscriptionSchema),
    applicationServerKey: z
      .string()
      .nullable()
      .openapi({ description: 'What a browser subscribes with; null: browsers hear no pushes.' }),
  })
  .openapi('PushSubscriptions');

const path = '/v1/users/me/push-subscriptions';
const tag = 'users';

export function pushOperations({ db, keys, config }: ApiDeps): Operation[] {
  return [
    payerOperation({
      ...{ method: 'get', path, tag, operationId: 'listPushSubscriptions' },
      summary: 'List the devices that hear pushes, newest first',
      answers: { 200: listSchema },
      problems: [],
      async handle({ payer }) {
        const items = (await listPushSubscriptions(db, payer.userId)).map((one) => toResource(one, payer));
        return { status: 200, body: { items, applicationServerKey: config.push.applicationServerKey } };
      },
    }),
    payerOperation({
      ...{ method: 'post', path, tag, operationId: 'registerPushSubscription' },
      summary: 'Have this device hear pushes',
      description:
        'In the place of what the device registered before; whoever had the same token or endpoint before has it no ' +
        'longer. A payer has ten at most: the oldest gives way. It ends with the device, and when the push service ' +
        'says that it leads nowhere. A device that was forgotten meanwhile is not-found.',
      limit: 'pushSubscriptionsPerPayer',
      body: bodyOf(config.push),
      answers: { 201: z.object({ id: z.uuid() }) },
      problems: ['not-found'],
      async handle({ payer: { userId, deviceId }, body }) {
        const subscriptionId = uuid();
        const { kind } = body;
        const { target, address } = targetOf(body);
        const targetEncrypted = await keys.encrypt(target, placeOf('pushTarget', subscriptionId));
        const targetHash = keys.hash(`${kind}:${address}`, 'push-target');
        const given = { id: subscriptionId, userId, deviceId, kind, targetEncrypted, targetHash };
        if (!(await db.transaction((trx) => addPushSubscription(trx, given)))) throw new Problem('not-found');
        return { status: 201, body: { id: subscriptionId } };
      },
    }),
    payerOperation({
      ...{ method: 'delete', path: `${path}/{subscriptionId}`, tag, operationId: 'removePushSubscription' },
      summary: 'Have a device hear pushes no more',
      params: z.object({ subscriptionId: id }),
      answers: { 204: null },
      problems: ['not-found'],
      async handle({ payer, params }) {
        if (!(await removePushSubscription(db, payer.userId, params.subscriptionId))) throw new Problem('not-found');
        return { status: 204 };
      },
    }),
  ];
}

type Body = z.output<ReturnType<typeof bodyOf>>;

/** What is kept, and what of it is one member's alone. */
function targetOf(body: Body): { readonly target: string; readonly address: string } {
  if (body.kind === 'fcm') return { target: body.registrationToken, address: body.registrationToken };
  const { kind: _, ...target } = body;
  return { target: JSON.stringify(target), address: body.endpoint };
}

const toResource = ({ createdAt, ...one }: PushSubscription, payer: Payer) => ({
  ...{ ...one, createdAt: createdAt.toISOString() },
  current: one.deviceId === payer.deviceId,
});
