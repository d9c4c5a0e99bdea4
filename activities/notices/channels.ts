/** The channels that notices leave by: another one is its client in infra/providers, and a line here. */
import type { EncryptedColumn } from '../../db/encrypted-columns';
import type { SendingChannel } from '../../db/outbox';
import type { MessageStanding, Providers, Sms } from '../../workflows/domain/providers';
import type { Message } from '../../workflows/domain/words/notice-texts';

export interface NoticeChannel {
  readonly channel: SendingChannel;
  /** Where an address lies: the notice's own, and the member's. */
  readonly own: EncryptedColumn;
  readonly ofMember: EncryptedColumn;
  /** Answers with the carrier's id of it. Throws ProviderError when the message was not, or perhaps not, taken. */
  send(to: string, message: Message): Promise<string>;
  /**
   * The carrier's id of a message whose answer was lost since then; null: it surely has none. Absent: the carrier
   * cannot tell, and what was lost stays lost.
   */
  find?(to: string, message: Message, since: Date): Promise<string | null>;
  /** Absent: the carrier cannot tell. */
  standingOf?(messageId: string): Promise<MessageStanding>;
}

const smsOf = (to: string, { title, text }: Message): Sms => ({ to, title, text });

export const noticeChannels = ({ sms, mail }: Pick<Providers, 'sms' | 'mail'>): readonly NoticeChannel[] => [
  {
    ...{ channel: 'sms', own: 'noticePhone', ofMember: 'phone' },
    send: (to, message) => sms.sendSms(smsOf(to, message)),
    find: (to, message, since) => sms.findSms(smsOf(to, message), since),
    standingOf: sms.standingOf,
  },
  {
    ...{ channel: 'email', own: 'noticeEmail', ofMember: 'email' },
    send: (to, { title, text }) => mail.sendMail({ to, subject: title, text }),
  },
];
