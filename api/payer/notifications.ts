/** By which channels a payer hears of their deals. What protects the account is told anyway. */
import { chooseDealNewsChannels, dealNewsChoiceOf, type OwnChoice } from '../../db/notification-choices';
import { CHANNELS, dealNewsChannels } from '../../workflows/domain/notices';
import type { ApiDeps } from '../deps';
import { type Operation, payerOperation } from '../http/operation';
import type { Words } from '../http/problem';
import { bothLanguages, z } from '../http/zod';

const AT_LEAST_ONE: Words = {
  ko: '거래 소식은 끌 수 없습니다. 받을 방법을 하나 이상 골라 주세요.',
  en: 'News of your money cannot be switched off: choose at least one channel.',
};

const EMAIL_UNREACHABLE: Words = {
  ko: '이메일로 보낸 소식이 되돌아오거나 스팸으로 신고되어 다른 방법으로 알려 드립니다. 이메일을 다시 인증하거나 바꿔 주세요.',
  en: 'Mails to you came back or were reported as spam: news comes another way. Verify or change your e-mail.',
};

const channel = z.enum(CHANNELS);
const chosen = z
  .array(channel)
  .max(CHANNELS.length)
  .refine((channels) => channels.length > 0, { params: { rule: 'length', words: AT_LEAST_ONE } });

const choicesSchema = z
  .object({
    dealNews: z.object({
      channels: z.array(channel).openapi({ description: 'What was chosen.' }),
      inUse: z.array(channel).openapi({
        description:
          'Where it goes now: an e-mail is used once it is verified and while it takes mails, push while a device is ' +
          'registered; when nothing chosen reaches the payer, another channel does.',
      }),
    }),
    emailTrouble: z
      .object({ since: z.iso.datetime(), message: bothLanguages })
      .nullable()
      .openapi({ description: 'Mails do not reach the payer; ended by verifying an address. Null: none is known.' }),
  })
  .openapi('NotificationChoices');

const bodyOf = (choice: OwnChoice): z.output<typeof choicesSchema> => ({
  dealNews: { channels: [...choice.chosen], inUse: [...dealNewsChannels(choice)] },
  emailTrouble: choice.emailUnreachableAt && {
    since: choice.emailUnreachableAt.toISOString(),
    message: EMAIL_UNREACHABLE,
  },
});

const path = '/v1/users/me/notifications';
const tag = 'users';

export function notificationOperations({ db }: ApiDeps): Operation[] {
  return [
    payerOperation({
      method: 'get',
      path,
      tag,
      operationId: 'getNotificationChoices',
      summary: 'By which channels news of deals comes',
      answers: { 200: choicesSchema },
      problems: [],
      handle: async ({ payer }) => ({ status: 200, body: bodyOf(await dealNewsChoiceOf(db, payer.userId)) }),
    }),
    payerOperation({
      method: 'patch',
      path,
      tag,
      operationId: 'updateNotificationChoices',
      summary: 'Choose by which channels news of deals comes',
      description:
        'Codes, and news of changes to the account, are told by their own channel and cannot be switched off.',
      body: z.strictObject({ dealNews: z.strictObject({ channels: chosen }) }),
      answers: { 200: choicesSchema },
      problems: [],
      async handle({ payer, body }) {
        const channels = CHANNELS.filter((one) => body.dealNews.channels.includes(one));
        await chooseDealNewsChannels(db, payer.userId, channels);
        return { status: 200, body: bodyOf(await dealNewsChoiceOf(db, payer.userId)) };
      },
    }),
  ];
}
