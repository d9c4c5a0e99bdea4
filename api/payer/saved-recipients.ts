/** One saved recipient: read it, name it, make it a favourite, remove it. */
import { placeOf } from '../../db/encrypted-columns';
import { dropFavorite, setFavorite } from '../../db/favorites';
import { findRecipient, removeRecipient, renameRecipient } from '../../db/recipients';
import type { ApiDeps } from '../deps';
import { type Operation, payerOperation } from '../http/operation';
import { Problem } from '../http/problem';
import { id, impersonalText, z } from '../http/zod';
import { recipientSchema, toRecipientResource } from './recipient-resource';

const NICKNAME_MAX = 30;

const tag = 'recipients';
const path = '/v1/recipients/{recipientId}';
const params = z.object({ recipientId: id });

export function savedRecipientOperations(deps: ApiDeps): Operation[] {
  return [...oneRecipient(deps), ...favorites(deps)];
}

function oneRecipient({ db, keys, clock }: ApiDeps): Operation[] {
  const read = async (userId: string, recipientId: string) => {
    const recipient = await findRecipient(db, userId, recipientId);
    if (!recipient) throw new Problem('not-found');
    return { status: 200, body: await toRecipientResource(keys, recipient) };
  };
  return [
    payerOperation({
      method: 'get',
      path,
      tag,
      summary: 'One recipient',
      params,
      answers: { 200: recipientSchema },
      problems: ['not-found'],
      handle: ({ payer, params: { recipientId } }) => read(payer.userId, recipientId),
    }),
    payerOperation({
      method: 'patch',
      path,
      tag,
      summary: 'Name a recipient',
      params,
      body: z.strictObject({
        nickname: impersonalText(NICKNAME_MAX).nullable().openapi({
          description: 'What you call it; null takes the name away. No phone number, e-mail address or token in it.',
        }),
      }),
      answers: { 200: recipientSchema },
      problems: ['not-found'],
      async handle({ payer: { userId }, params: { recipientId }, body: { nickname } }) {
        const sealed = nickname === null ? null : await keys.encrypt(nickname, placeOf('nickname', recipientId));
        if (!(await renameRecipient(db, userId, recipientId, sealed))) throw new Problem('not-found');
        return read(userId, recipientId);
      },
    }),
    payerOperation({
      method: 'delete',
      path,
      tag,
      summary: 'Remove a recipient',
      description:
        'From your lists: no new deal is made for it. Deals that you have made keep it, also those that are not ' +
        'confirmed yet.',
      params,
      answers: { 204: null },
      problems: ['not-found'],
      async handle({ payer, params: { recipientId } }) {
        if (!(await removeRecipient(db, payer.userId, recipientId, clock()))) throw new Problem('not-found');
        return { status: 204 };
      },
    }),
  ];
}

function favorites({ db, clock }: ApiDeps): Operation[] {
  return [
    payerOperation({
      method: 'put',
      path: `${path}/favorite`,
      tag,
      summary: 'Make a recipient a favourite',
      description: 'Without a `position` it goes to the end; one that is a favourite already keeps its place.',
      params,
      body: z
        .strictObject({
          position: z.int().min(1).max(10_000).optional().openapi({ description: 'Among the favourites, from 1.' }),
        })
        .default({}),
      answers: { 204: null },
      problems: ['not-found'],
      async handle({ payer, params: { recipientId }, body: { position } }) {
        if (!(await setFavorite(db, payer.userId, recipientId, position))) throw new Problem('not-found');
        return { status: 204 };
      },
    }),
    payerOperation({
      method: 'delete',
      path: `${path}/favorite`,
      tag,
      summary: 'Make a recipient a favourite no longer',
      params,
      answers: { 204: null },
      problems: ['not-found'],
      async handle({ payer, params: { recipientId } }) {
        if (!(await dropFavorite(db, payer.userId, recipientId, clock()))) throw new Problem('not-found');
        return { status: 204 };
      },
    }),
  ];
}
