/** The outbox of notices. */
import type { GroupWords } from './table-words';

export const NOTICES: GroupWords = {
  notices: {
    purpose: 'The outbox: written with the event it tells of, sent by the dispatcher.',
    personal: ['params'],
    columns: {
      template: 'which text',
      language: 'in which it is written',
      params: 'what the text names',
      secret_encrypted: 'the code that it brings; erased when it has left',
      attempts: 'how often it was tried',
      next_attempt_at: 'when it is tried next',
      sent_at: 'when it left',
      failed_at: 'when it ended without having left',
      ended_reason: 'why it ended without having left',
      asked_at: 'when the carrier was asked to take it; its answer is not known while this is set and it is open',
      provider_message_id: 'the carrier’s id of it',
      delivery: 'what the carrier says became of it; null: it was not asked, or has not said',
      delivery_due_at: 'when the carrier is asked what became of it; null: it is not',
      code_hash:
        'keyed, of the purpose and the address of a code: the newest of one hash counts; emptied after an hour',
      code_issue: 'the order of the codes of one hash; null: it brings no code',
      phone_encrypted: 'where it goes, if to no member; erased when it has left',
      email_encrypted: 'where it goes, if to no member; erased when it has left',
      channel: 'how it goes',
      event: 'what it tells of; once on each channel',
    },
  },
  push_subscriptions: {
    purpose: 'Where pushes to a member go, one for each device; deleted when it leads nowhere any more.',
    columns: {
      device_id: 'the device as the server knows it',
      kind: 'fcm: the token that Firebase gave an app; web: what a browser subscribed to',
      target_encrypted: 'the token, or endpoint and keys',
      target_hash: 'keyed, of the token or the endpoint: a target is one member’s',
    },
  },
};
