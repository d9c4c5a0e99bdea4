/** What one run of a deal's workflow knows. */
import type { DealState, WaitReason } from '../domain/deal-state';
import type { DealId } from '../domain/ids';
import type { Asked, Order, Progress } from '../domain/next-step';
import type { DealPolicy } from '../domain/policy';
import type { Leg, ProviderNews } from '../domain/provider-news';
import type { ConfirmOutcome, ConfirmRequest, DealInput, FeeRefund } from './messages';
import type { FeeRefundOutcome } from './ports';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What the workflow shows of itself; the truth is in PostgreSQL. */
export interface View {
  state: DealState;
  waiting: { readonly reason: WaitReason; readonly nextMoveAt: number | null } | null;
  /** Nothing is being done: orders may be given. */
  idle: boolean;
}

/** What was asked of the deal. Handlers only put requests here, after recording them; the loop is the one that acts. */
export interface Inbox extends Mutable<Asked> {
  confirm: ConfirmRequest | null;
  order: Order | null;
  readonly news: ProviderNews[];
  /** Parts of the fee to give back, oldest first; the first one may be under way. */
  readonly feeRefunds: FeeRefund[];
  /** The retry batch that has bought the last attempt. */
  batch: string | null;
  /** Somebody asks the run to look at the database again. */
  knocked: boolean;
  /** How many cancels and orders are being recorded: the wait that they came in goes on until they are in the inbox. */
  recording: number;
  /** One of them is an operator's order: another one is refused. */
  ordering: boolean;
}

/** How far the deal has come. */
export interface RunProgress extends Mutable<Progress> {
  undecidedCharge: ConfirmRequest | null;
  /** The last charge begun; 0 when there was none. */
  charging: number;
  /** Its outcome is not decided yet. */
  inFlight: boolean;
  transferAttempt: number;
  /** Transfers made in line in this round. */
  inLine: number;
}

/** What a provider is being asked about. */
interface Question {
  /** What has an unknown outcome just now, one object a question; `attempt`: 0 for refunds. */
  unknown: { readonly leg: Leg; readonly attempt: number } | null;
  /** Something happened that may change its answer, such as an operator's ruling. */
  askAgain: boolean;
}

/** One run: what it was started with, what it shows, was asked, has done and asks about. */
export interface DealRun {
  readonly dealId: DealId;
  readonly policy: DealPolicy;
  readonly view: View;
  readonly inbox: Inbox;
  readonly progress: RunProgress;
  readonly question: Question;
  /** What confirms and fee refunds are answered, by attempt and by request. */
  readonly answers: {
    readonly charges: Map<number, ConfirmOutcome>;
    readonly feeRefunds: Map<string, FeeRefundOutcome>;
  };
  /** The database has not been read yet: knocks are kept until it has. */
  restoring: boolean;
}

/** A run as it begins. */
export function newRun({ dealId, policy, mode, confirm }: DealInput): DealRun {
  return {
    dealId,
    policy,
    view: { state: 'PENDING', waiting: null, idle: false },
    inbox: {
      ...{ confirm: confirm ?? null, cancelRequested: false, released: false, order: null, retryDue: false },
      ...{ news: [], feeRefunds: [], batch: null, knocked: false, recording: 0, ordering: false },
    },
    progress: {
      ...{ undecidedCharge: null, charging: 0, inFlight: false, expiresAt: null, reviewUntil: null },
      ...{ notBefore: null, pauseUntil: null, transferAttempt: 1, inLine: 0, retryBy: null, failingSince: null },
      ...{ needsCorrection: false, returned: false, lateAttempt: null, refundBy: null, heldUntil: null },
    },
    question: { unknown: null, askAgain: false },
    answers: { charges: new Map(), feeRefunds: new Map() },
    restoring: mode === 'resume',
  };
}

/** Takes the news that are meant out of the inbox. */
export function takeNews(inbox: Inbox, isMeant: (news: ProviderNews) => boolean): ProviderNews[] {
  const meant = inbox.news.filter(isMeant);
  inbox.news.splice(0, inbox.news.length, ...inbox.news.filter((news) => !isMeant(news)));
  return meant;
}
