/** Every table of words that apps show, by the name under which `GET /v1/words` gives it. */
import {
  BANK_REFUSALS,
  DECLINES,
  declineWords,
  IDENTITY_FAILURES,
  RISK_RULES,
  TRANSFER_CODES,
  transferCodeWords,
} from './codes';
import {
  ACTOR_WORDS,
  CATEGORY_WORDS,
  CAUSE_WORDS,
  DEAL_ACTION_WORDS,
  DEAL_STATUS_WORDS,
  PAYER_ACTION_WORDS,
  PAYMENT_STATUS_WORDS,
  TRANSFER_STATUS_WORDS,
  WAIT_WORDS,
} from './deal';
import { DISPUTE_STATUS_WORDS, REFUND_STATUS_WORDS } from './receipt';
import type { Words } from './words';

/** A code that no table knows has none; the words for it stand under this name. */
const ANY_OTHER = '*';

export const WORD_TABLES = {
  dealStatus: DEAL_STATUS_WORDS,
  paymentStatus: PAYMENT_STATUS_WORDS,
  transferStatus: TRANSFER_STATUS_WORDS,
  refundStatus: REFUND_STATUS_WORDS,
  disputeStatus: DISPUTE_STATUS_WORDS,
  waitReason: WAIT_WORDS,
  cause: CAUSE_WORDS,
  actor: ACTOR_WORDS,
  action: PAYER_ACTION_WORDS,
  dealAction: DEAL_ACTION_WORDS,
  category: CATEGORY_WORDS,
  declineCode: { ...DECLINES, [ANY_OTHER]: declineWords(ANY_OTHER) },
  transferCode: { ...TRANSFER_CODES, [ANY_OTHER]: transferCodeWords(ANY_OTHER) },
  accountRefusal: BANK_REFUSALS,
  identityFailure: IDENTITY_FAILURES,
  riskRule: RISK_RULES,
} as const satisfies Readonly<Record<string, Readonly<Record<string, Words>>>>;
