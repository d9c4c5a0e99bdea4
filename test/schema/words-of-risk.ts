/** Words of the tables of risk. */
import type { GroupWords } from './table-words';

export const RISK: GroupWords = {
  risk_sets: {
    purpose: 'Sets of risk rules. Rows never change.',
    columns: {
      number: 'of the set',
      rules: 'its rules, as they were proposed',
      made_by: 'who proposed it',
      reason: 'why',
    },
  },
  risk_set_activations: {
    purpose: 'When a set of risk rules becomes the active one. Two people, but for the first.',
    columns: {
      set_number: 'the set',
      effective_at: 'from when on',
      reason: 'why',
      request_id: 'what two people agreed on; null: the first',
    },
  },
  risk_list_entries: {
    purpose: 'Cards, accounts and devices that are denied, or trusted until a time.',
    columns: {
      list: 'denied or trusted',
      kind: 'what is meant of the columns below',
      card_key: 'the card, whoever has registered it',
      recipient_id: 'a recipient with the account; others with the same account are meant too',
      until: 'when it ends by itself; null: an operator ends it',
      reason: 'why',
      ended_at: 'when an operator ended it',
      ended_by: 'who',
      end_reason: 'and why',
    },
  },
  risk_decisions: {
    purpose: 'What the risk rules said of an attempt, with the counters they saw; a reservation of the payer’s day.',
    columns: {
      people_emptied_at: 'since when what names a person is gone',
      memo_changed: 'whether the payer chose the memo',
      verdict: 'what follows',
      rules: 'the rules that fired',
      set_number: 'the set of rules that it was judged by',
      answers: 'what every rule of the set said',
      payer_name_hash: 'the payer’s verified name, folded',
      holder_name_hash: 'the name of who is paid, folded',
      counters: 'what was counted, this attempt included',
      kst_day: 'the day it counts for',
      reserved: 'it counts towards the day until it is released',
      released_at: 'when it was declined, cancelled or refunded',
      phone_hash: 'the payer’s phone of then: who joins again begins no new day',
      phone_hash_even: 'the same under a key with an even number',
      person_hash: 'the proven person of then',
    },
  },
};
