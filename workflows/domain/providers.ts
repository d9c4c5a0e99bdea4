/**
 * The providers as PLIC needs them: the ports that activities call and infra/providers implement, in our own words, and
 * what can go wrong. A business no (declined, account closed) is never an error: it is an answer. Every call throws
 * ProviderError when the answer decides nothing, and repeating it under the same key is safe.
 */
import type { ProviderFailure } from './identity-failures';
import type { Won } from './money';
import type { NoticeTemplate } from './notices';
import type { BankLine, SettlementLine, StatementBalances, StatementLine } from './reconciliation';

/** Everything that is outside of the house; `workers/providers.ts` connects it. */
export interface Providers {
  readonly pg: CardPg;
  readonly bank: TransferBank;
  readonly sms: SmsCarrier;
  readonly mail: MailCarrier;
  /** Null: Kakao brings nothing. */
  readonly alimtalk: AlimtalkCarrier | null;
  /** Null: nobody hears pushes. */
  readonly push: PushCarrier | null;
  /** Null: what becomes of mails is told nowhere. */
  readonly mailEvents: MailEvents | null;
  /** Null: this house checks no identities. */
  readonly identity: IdentityVerifier | null;
}

/** The card PG. */
export interface CardPg {
  readonly terms: PgTerms;
  charge(order: ChargeOrder): Promise<ChargeAnswer>;
  refund(order: RefundOrder): Promise<RefundAnswer>;
  /** The settlement file of a KST day (`YYYY-MM-DD`), in batches, in the PG's order. */
  settlementFile(day: string): AsyncIterable<readonly SettlementLine[]>;
}

/** What was agreed with the PG beside its wire. */
export interface PgTerms {
  /** Business days until a refund is on the card statement, at the latest. */
  readonly statementDays: number;
}

interface ChargeOrder {
  /** The PG's token of the card. */
  readonly billingKey: string;
  readonly amount: Won;
  /** `<dealNo>-<attempt>`; the PG charges it once however often it is sent. */
  readonly orderId: string;
  /** What the payer's card statement shows. */
  readonly orderName: string;
  /** Months over which the card is charged, 2–12; 0: at once. */
  readonly installmentMonths: number;
}

/**
 * `declined`: this call did not charge; `key-refused`: the PG does not know the card, and judged nothing. Codes are the
 * PG's, in lower case with hyphens. What they mean for the orderId: domain/verdicts.ts.
 */
export type ChargeAnswer =
  | { readonly kind: 'done'; readonly paymentKey: string; readonly approvedAt: Date }
  | { readonly kind: 'declined'; readonly code: string; readonly paymentKey?: string }
  | { readonly kind: 'key-refused'; readonly code: string };

export interface RefundOrder {
  readonly paymentKey: string;
  /** To give back now, won. */
  readonly amount: Won;
  /** `<dealNo>-R<n>`; the PG gives it back once however often it is sent. */
  readonly idempotencyKey: string;
  /** Given back before this refund, won. */
  readonly refundedBefore: Won;
}

/**
 * `refundedAt` is null when the PG only says that it had been done before. `refused`: the PG has no such charge, or
 * none that could be given back.
 */
export type RefundAnswer =
  | {
      readonly kind: 'done';
      readonly refundedAt: Date | null;
      /** Won given back in all; always `refundedBefore + amount`. */
      readonly refundedTotal: number;
    }
  | { readonly kind: 'refused'; readonly code: 'not-found' | 'not-cancelable' };

/** The bank-transfer provider. */
export interface TransferBank {
  /** The real-name check (예금주 조회). Moves no money. */
  verifyAccount(account: BankAccount): Promise<AccountAnswer>;
  /** `withinMs`: how long it may take, ms; default the limit of a call. */
  transfer(order: TransferOrder, withinMs?: number): Promise<SendAnswer>;
  findTransfer(key: TransferKey, withinMs?: number): Promise<FindAnswer>;
  /** The float; transfers that the bank has accepted have left it. An overdraft reads as 0. */
  balance(): Promise<Won>;
  /** What the bank has of a trading date (`YYYY-MM-DD`, KST), in batches, in its order. */
  dayList(tradingDate: string): AsyncIterable<readonly BankLine[]>;
  /** The statement of our account for a KST day (`YYYY-MM-DD`). */
  statement(day: string): Statement;
}

/** A statement that is being read. */
export interface Statement {
  /** In batches, in the bank's order; read them to the end. One that does not add up throws there. */
  readonly lines: AsyncIterable<readonly StatementLine[]>;
  /** Once the lines were read. */
  balances(): StatementBalances;
}

export interface BankAccount {
  /** The national code, 3 digits. */
  readonly bankCode: string;
  readonly accountNumber: string;
  readonly holderName: string;
}

/** Which transfer: a reference is unique only within its trading date. `amount` is what we sent, to be compared. */
export interface TransferKey {
  readonly reference: string;
  /** KST, `YYYY-MM-DD`. */
  readonly tradingDate: string;
  readonly amount: Won;
}

export type TransferOrder = TransferKey &
  BankAccount & { /** What the recipient's statement shows. */ readonly memo: string };

/** `differs`: the account can be paid, and belongs to this other name. A refusal's code: `domain/bank-codes.ts`. */
export type AccountAnswer =
  | { readonly kind: 'verified' }
  | { readonly kind: 'differs'; readonly holderName: string }
  | { readonly kind: 'rejected'; readonly code: string };

/** `failed` is definite: the money did not move and this reference is used up. */
export type TransferStanding =
  | { readonly kind: 'done' }
  | { readonly kind: 'processing'; readonly code: string }
  | { readonly kind: 'failed'; readonly code: string; readonly retryable: boolean }
  | { readonly kind: 'returned' };

/** `duplicate`: the bank had this reference before and did nothing now: query it. */
export type SendAnswer = TransferStanding | { readonly kind: 'duplicate' };
/** `not-found`: the bank does not know it (yet); soon after a send this proves nothing. */
export type FindAnswer = TransferStanding | { readonly kind: 'not-found' };

export interface Sms {
  /** Digits only. */
  readonly to: string;
  /** Shown above a long text only. */
  readonly title: string;
  readonly text: string;
}

/** What a carrier says of a message that it took: `pending` may become either of the others. */
export type MessageStanding = 'pending' | 'delivered' | 'undelivered';

/** By the clock of the database, as all due times. */
export interface TimeOfSending {
  readonly since: Date;
  readonly now: Date;
}

/** The carrier of SMS. */
export interface SmsCarrier {
  /** Answers with the carrier's id of it. Throws when the message was not, or perhaps not, taken. */
  sendSms(sms: Sms): Promise<string>;
  /** The carrier's id of a message like this that it took in this time; null: it took none. */
  findSms(sms: Sms, within: TimeOfSending): Promise<string | null>;
  standingOf(messageId: string): Promise<MessageStanding>;
}

/** The carrier of e-mail. */
export interface MailCarrier {
  /** Answers with the carrier's id of it; taken is not delivered. Throws when it was not, or perhaps not, taken. */
  sendMail(mail: {
    readonly to: string;
    readonly subject: string;
    /** Plain. */
    readonly text: string;
  }): Promise<string>;
}

/** Where operators are alerted. */
export interface AlertHook {
  /** Throws when the text was not, or perhaps not, taken. */
  tell(text: string): Promise<void>;
}

/** The carrier of Kakao's Alimtalk: words that Kakao has approved, to a phone with KakaoTalk. */
export interface AlimtalkCarrier {
  /** Whether Kakao has approved the words of this notice. */
  carries(template: NoticeTemplate): boolean;
  /** As `sendSms`. */
  sendAlimtalk(message: Sms & { readonly template: NoticeTemplate }): Promise<string>;
  standingOf(messageId: string): Promise<MessageStanding>;
}

export interface PushMessage {
  readonly title: string;
  readonly text: string;
  /** A device shows a message of one tag once, however often it is sent. */
  readonly tag: string;
}

/** What a browser subscribed to. */
export interface WebPushTarget {
  readonly endpoint: string;
  readonly p256dh: string;
  readonly auth: string;
}

/** `fcm`: the token that Firebase gave an app. */
export type PushTarget = { readonly kind: 'fcm'; readonly token: string } | ({ readonly kind: 'web' } & WebPushTarget);

/** `gone`: the target leads nowhere, and never will. */
export type PushAnswer = { readonly kind: 'taken'; readonly messageId: string | null } | { readonly kind: 'gone' };

/** Brings pushes to devices. */
export interface PushCarrier {
  /** Throws when the message was not, or perhaps not, taken; it may be sent again at any time. */
  push(target: PushTarget, message: PushMessage): Promise<PushAnswer>;
}

/**
 * What became of a mail that was taken, told in any order, and perhaps twice. `bounced`: it came back, and so will the
 * next; `bounced-for-now`: the next may arrive; `complained`: whoever got it wants none.
 */
export interface MailEvent {
  readonly kind: 'delivered' | 'bounced' | 'bounced-for-now' | 'complained';
  /** The carrier's id of the mail. */
  readonly messageId: string;
}

export interface ReceivedMailEvent {
  /** `nothing`: of no interest. Undefined: it cannot be read. */
  readonly event: MailEvent | 'nothing' | undefined;
  /** It was told before, and not done then. */
  readonly isRepeated: boolean;
  /** From now on it is not told again. */
  done(): Promise<void>;
}

/** Where the carrier of e-mail tells what became of mails. */
export interface MailEvents {
  /** At most so many; waits for the first, some seconds. Throws when it is cut short by the signal. */
  receive(most: number, signal: AbortSignal): Promise<readonly ReceivedMailEvent[]>;
}

/** The real-name check of members by their phone (본인확인, PASS). */
export interface IdentityVerifier {
  /** Opens a verification under our id, once however often it is sent; `url`: where the member proves who they are. */
  open(request: {
    readonly verificationId: string;
    /** Digits only; what the provider's form begins with. */
    readonly phone: string;
  }): Promise<{ readonly url: string }>;
  result(verificationId: string): Promise<IdentityResult>;
}

/** `ci`: the number that is one for each person in Korea, whoever asks; it is hashed at once and kept nowhere. */
export type IdentityResult =
  | {
      readonly kind: 'verified';
      readonly name: string;
      readonly ci: string;
      /** The phone that proved it, digits only; null: the provider does not tell. */
      readonly phone: string | null;
    }
  | { readonly kind: 'pending' }
  | { readonly kind: 'failed'; readonly code: ProviderFailure };

/**
 * `Unavailable`: this call was surely not accepted; try later. (It says nothing about earlier calls under the same
 * key.) `OutcomeUnknown`: it may have been carried out: ask again under the same key, or query; never failed, never
 * refunded. `ContractBroken`: the answer contradicts the request: stop the deal, page a person.
 */
export type ProviderErrorKind = 'Unavailable' | 'OutcomeUnknown' | 'ContractBroken';

/**
 * A provider's call without a business answer. `operation` and `reason` are our own words: they reach logs and workflow
 * histories, so no text of the provider's and no personal data goes into them.
 */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';

  constructor(
    readonly kind: ProviderErrorKind,
    readonly operation: string,
    reason: string,
    /** How long the provider asked us to wait, ms. */
    readonly retryAfterMs?: number,
  ) {
    super(`${operation}: ${reason}`);
  }
}
