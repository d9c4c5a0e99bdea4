/** The channels that notices leave by: another one is its client in infra/providers, and a line here. */
import type { EncryptedColumn } from '../../db/encrypted-columns';
import type { SendingChannel } from '../../db/notices';
import type { Providers } from '../../workflows/domain/providers';
import type { Message } from '../../workflows/domain/words/notice-texts';

export interface NoticeChannel {
  readonly channel: SendingChannel;
  /** Where an address lies: the notice's own, and the member's. */
  readonly own: EncryptedColumn;
  readonly ofMember: EncryptedColumn;
  /** Throws when the message was not, or perhaps not, taken. */
  send(to: string, message: Message): Promise<void>;
}

export const noticeChannels = ({ sms, mail }: Pick<Providers, 'sms' | 'mail'>): readonly NoticeChannel[] => [
  { channel: 'sms', own: 'noticePhone', ofMember: 'phone', send: (to, { text }) => sms.sendSms({ to, text }) },
  {
    ...{ channel: 'email', own: 'noticeEmail', ofMember: 'email' },
    send: (to, { title, text }) => mail.sendMail({ to, subject: title, text }),
  },
];
