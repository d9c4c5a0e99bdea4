/** What one run of a deal's workflow knows. */
import type { DealState, WaitReason } from '../domain/deal-state';
import type { DealId } from '../domain/ids';
import type { Asked, Order, Progress } from '../domain/next-step';
import type { DealPolicy } from '../domain/policy';
import type { Leg, ProviderNews } from '../domain/provider-news';
import type { CarriedOver, ConfirmOutcome, ConfirmRequest, DealInput } from './messages';
import type { FeeRefund } from './ports';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What the workflow shows of itself; the truth is in PostgreSQL. */
export interface View {
  state: DealState;
  waiting: { readonly reason: WaitReason; readonly nextMoveAt: number | null } | null;
  /** Nothing is being done on the deal's own course: orders may be given. */
  idle: boolean;
}

/** What was asked of the deal. Handlers only put requests here, after recording them; the loop is the one that acts. */
export interface Inbox extends Mutable<Asked> {
  confirm: ConfirmRequest | null;
  order: Order | null;
  /** Hints that a provider has news. */
  readonly news: ProviderNews[];
  feeRefund: FeeRefund | null;
  /** Times that were told before are told anew. */
  clockMoved: boolean;
  /** The retry batch that has bought the last attempt. */
  batch: string | null;
  /** How many cancels and orders are being recorded: the wait that they came in goes on until they are in the inbox. */
  recording: number;
  /** One of them is an operator's order: another one is refused. */
  ordering: boolean;
}

/** How far the deal has come. */
export interface RunProgress extends Mutable<Progress> {
  undecidedCharge: ConfirmRequest | null;
  /** The confirm whose card is being charged. */
  confirmed: ConfirmRequest | null;
  /** The last charge begun; 0 when there was none. */
  charging: number;
  transferAttempt: number;
  /** Transfers made in line in this round. */
  inLine: number;
  /** How often in a row a stop or a doubt was looked at and still stood. */
  looks: number;
}

/** What a provider is being asked about. */
export interface Question {
  readonly leg: Leg;
  /** 0 for refunds. */
  readonly attempt: number;
  /** Asked by a leg that runs beside the deal's own course. */
  readonly beside: boolean;
  /** No answer was definite yet. */
  isUnknown: boolean;
  /** Something happened that may change its answer, such as an operator's ruling. */
  askAgain: boolean;
}

/** The legs that run beside the deal's own course (side-legs.ts). */
interface Beside {
  /** How many are doing something just now; one that waits to ask again is not. */
  busy: number;
  /** Attempts decided FAILED that charged after all, and are being given back. */
  readonly lateCharges: Set<number>;
}

/** One run: what it was started with, what it shows, was asked, has done and asks about. */
export interface DealRun {
  readonly dealId: DealId;
  readonly policy: DealPolicy;
  readonly view: View;
  readonly inbox: Inbox;
  readonly progress: RunProgress;
  readonly questions: Set<Question>;
  readonly beside: Beside;
  /** What confirms are answered, by attempt. */
  readonly answers: Map<number, ConfirmOutcome>;
  /** What the run before knew and the database does not. */
  readonly carriedOver: CarriedOver | null;
  /** The database has not been read yet: knocks are kept until it has. */
  restoring: boolean;
  /** Another run takes over: whoever waits for an answer is told to ask the database. */
  leaving: boolean;
}

/** A run as it begins. */
export function newRun({ dealId, policy, mode, confirm, carriedOver }: DealInput): DealRun {
  return {
    dealId,
    policy,
    view: { state: 'PENDING', waiting: null, idle: false },
    inbox: {
      ...{ confirm: confirm ?? null, cancelRequested: false, released: false, order: null, retryDue: false },
      ...{ news: [], feeRefund: null, knocked: false, clockMoved: false, recording: 0, ordering: false },
      batch: carriedOver?.batch ?? null,
    },
    progress: {
      ...{ undecidedCharge: null, confirmed: null, charging: 0, expiresAt: null },
      ...{ reviewUntil: null, reviewPasses: false, notBefore: null, pauseUntil: null },
      ...{ transferAttempt: 1, inLine: 0, retryBy: null, failingSince: null },
      ...{ needsCorrection: false, returned: false, payingByHand: false, refundBy: null, heldUntil: null, looks: 0 },
    },
    questions: new Set(),
    beside: { busy: 0, lateCharges: new Set() },
    answers: new Map(),
    carriedOver: carriedOver ?? null,
    restoring: mode === 'resume',
    leaving: false,
  };
}

/** Takes the news that are meant out of the inbox. */
export function takeNews(inbox: Inbox, isMeant: (news: ProviderNews) => boolean): ProviderNews[] {
  const meant = inbox.news.filter(isMeant);
  inbox.news.splice(0, inbox.news.length, ...inbox.news.filter((news) => !isMeant(news)));
  return meant;
}

/** Whether a charge is under way, or goes on in this run. */
export const isCharging = ({ progress }: DealRun): boolean =>
  progress.confirmed !== null || progress.undecidedCharge !== null;

/** What the deal's own course asks about and nobody has decided; null: nothing. */
export function undecidedLeg({ questions }: DealRun): Leg | null {
  for (const { leg, isUnknown, beside } of questions) if (isUnknown && !beside) return leg;
  return null;
}

/** As the rules of operators' orders look at it. */
export const standingOf = (run: DealRun) => ({
  state: run.view.state,
  waiting: run.view.waiting?.reason ?? null,
  undecided: undecidedLeg(run),
});

/** Has every question be asked again now: what was noted may change their answers. */
export function askAgain({ questions }: DealRun): void {
  for (const question of questions) question.askAgain = true;
}
