/** The channels that notices leave by: another one is its client in infra/providers, and a line here. */
import type { Db } from '../../db/connection';
import type { EncryptedColumn } from '../../db/encrypted-columns';
import type { Keys } from '../../infra/keys/keys';
import type { Channel, NoticeTemplate } from '../../workflows/domain/notices';
import type { MessageStanding, Providers, Sms, TimeOfSending } from '../../workflows/domain/providers';
import type { Message } from '../../workflows/domain/words/notice-texts';
import { NobodyThere, pushToMember } from './push';

interface Outgoing extends Message {
  readonly template: NoticeTemplate;
  readonly tag: string;
}

export interface NoticeChannel {
  readonly channel: Channel;
  /** Where an address lies: the notice's own, and the member's. Null: it goes to the member's id. */
  readonly address: { readonly own: EncryptedColumn; readonly ofMember: EncryptedColumn } | null;
  /**
   * Answers with the carrier's id of it, if it has one. `tag`: the same each time that it is sent. Throws ProviderError
   * when the message was not, or perhaps not, taken, and NobodyThere when it leads nowhere.
   */
  send(to: string, message: Outgoing): Promise<string | null>;
  /** Sent again it is shown once: a lost answer is no answer. */
  readonly isRepeatable?: true;
  /**
   * The carrier's id of a message whose answer was lost since then; null: it surely has none. Absent: the carrier
   * cannot tell, and what was lost stays lost.
   */
  find?(to: string, message: Message, within: TimeOfSending): Promise<string | null>;
  /** Absent: the carrier cannot tell. */
  standingOf?(messageId: string): Promise<MessageStanding>;
}

const smsOf = (to: string, { title, text }: Message): Sms => ({ to, title, text });

interface Carriers extends Pick<Providers, 'sms' | 'mail' | 'push' | 'alimtalk'> {
  readonly db: Db;
  readonly keys: Keys;
}

export const noticeChannels = ({ sms, mail, push, alimtalk, ...stores }: Carriers): readonly NoticeChannel[] => [
  {
    ...{ channel: 'sms', address: { own: 'noticePhone', ofMember: 'phone' } },
    send: (to, message) => sms.sendSms(smsOf(to, message)),
    find: (to, message, within) => sms.findSms(smsOf(to, message), within),
    standingOf: sms.standingOf,
  },
  {
    ...{ channel: 'email', address: { own: 'noticeEmail', ofMember: 'email' } },
    send: (to, { title, text }) => mail.sendMail({ to, subject: title, text }),
  },
  {
    ...{ channel: 'push', address: null, isRepeatable: true },
    async send(userId, message) {
      if (push === null) throw new NobodyThere('pushes are not sent');
      return pushToMember({ ...stores, push }, userId, message);
    },
  },
  {
    ...{ channel: 'alimtalk', address: { own: 'noticePhone', ofMember: 'phone' } },
    async send(to, { template, ...message }) {
      if (!alimtalk?.carries(template)) throw new NobodyThere('Kakao does not bring this notice');
      return alimtalk.sendAlimtalk({ ...smsOf(to, message), template });
    },
    ...(alimtalk && { standingOf: alimtalk.standingOf }),
  },
];
