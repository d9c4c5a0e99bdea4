import type { Sandbox } from './sandbox';

/** One delivered notice. */
type Channel = 'sms' | 'push' | 'email' | 'alimtalk' | 'operators';
type Message = { seq: number; at: string; channel: Channel; to: string; text: string };

/** Where everything arrives that the notice services take. */
export type Mailbox = {
  deliver(channel: Message['channel'], to: string, text: string): void;
  list(to?: string): Message[];
};

export function createMailbox({ store, providerLog, now }: Sandbox): Mailbox {
  const messages = store.table<Message>('messages');
  return {
    deliver(channel, to, text) {
      const seq = messages.size + 1;
      messages.set(String(seq), { seq, at: new Date(now()).toISOString(), channel, to, text });
      providerLog.append('effect', { effect: 'delivered', channel, message: seq });
    },
    list: (to) => messages.values().filter((message) => to === undefined || message.to === to),
  };
}
