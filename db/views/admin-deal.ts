/** One deal whole: what an operator reads before deciding. Names are ciphertext here; whoever shows them masks them. */
import type { DealState } from '../../workflows/domain/deal-state';
import type { DealId } from '../../workflows/domain/ids';
import type { DealFacts } from '../../workflows/domain/operator-actions';
import type { Leg } from '../../workflows/domain/provider-news';
import type { Db, Trx } from '../connection';
import { barOf } from '../doubts';
import { isUnderReview } from '../risk';
import { type AdminBreak, type AdminJournal, adminBreaks, adminJournals } from './admin-books';
import { type AdminDeal, adminDealShown } from './admin-deals';
import { fewRows, shownOf } from './admin-list';
import {
  type AdminChargeback,
  type AdminPayment,
  type AdminRefund,
  type AdminTransfer,
  adminChargebacks,
  adminPayments,
  adminRefunds,
  adminTransfers,
} from './admin-money';
import {
  type AdminDecision,
  type AdminDoubt,
  type AdminEvent,
  type AdminNotice,
  type AdminTask,
  adminDecisions,
  adminDoubts,
  adminEvents,
  adminNotices,
  adminTasks,
} from './admin-watch';

/** The deal itself, beyond what a list shows. */
interface AdminDealAlone extends AdminDeal {
  readonly feeBps: number;
  readonly expiresAt: Date;
  readonly confirmedAt: Date | null;
  readonly cancelRequestedAt: Date | null;
  readonly reviewDueAt: Date | null;
  readonly releasedAt: Date | null;
  readonly failingSince: Date | null;
  /** The payer wished for another memo than their name. */
  readonly memoChanged: boolean;
  readonly payerNameEncrypted: string | null;
  readonly holderNameEncrypted: string | null;
}

interface StoryLine {
  readonly at: Date;
  /** The version that it leads to; null: nothing moved. */
  readonly version: number | null;
  readonly from: DealState | null;
  readonly to: DealState;
  readonly actor: string;
  readonly cause: string;
  /** An operator's words. */
  readonly note: string | null;
}

interface Sent {
  readonly leg: Leg;
  readonly key: string;
  readonly sentAt: Date;
  readonly answer: string | null;
  readonly unknown: boolean;
}

interface Ruled {
  readonly leg: Leg;
  readonly attempt: number;
  readonly verdict: 'done' | 'failed';
  readonly evidence: string;
  readonly evidenceAt: Date;
  readonly standing: string;
  readonly why: string | null;
  readonly actor: string;
  readonly reason: string;
  readonly decidedAt: Date | null;
}

export interface AdminDealWhole {
  readonly deal: AdminDealAlone;
  readonly timeline: readonly StoryLine[];
  readonly payments: readonly AdminPayment[];
  readonly transfers: readonly AdminTransfer[];
  readonly refunds: readonly AdminRefund[];
  readonly chargebacks: readonly AdminChargeback[];
  readonly journals: readonly AdminJournal[];
  readonly sends: readonly Sent[];
  readonly rulings: readonly Ruled[];
  readonly doubts: readonly AdminDoubt[];
  readonly tasks: readonly AdminTask[];
  readonly breaks: readonly AdminBreak[];
  readonly decisions: readonly AdminDecision[];
  readonly notices: readonly AdminNotice[];
  readonly events: readonly AdminEvent[];
  /** What bars giving back a part of the fee; null: nothing. */
  readonly feeBar: string | null;
  /** What bars a transfer; null: nothing. */
  readonly transferBar: string | null;
  readonly isReviewed: boolean;
}

const ALONE = {
  ...adminDealShown,
  ...{ feeBps: 'fee_bps', expiresAt: 'expires_at', confirmedAt: 'confirmed_at', memoChanged: 'memo_changed' },
  ...{ cancelRequestedAt: 'cancel_requested_at', reviewDueAt: 'review_due_at', releasedAt: 'released_at' },
  failingSince: 'failing_since',
  payerNameEncrypted: '(select name_encrypted from users where id = deals.user_id)',
  holderNameEncrypted: '(select holder_name_encrypted from bank_accounts where id = deals.recipient_id)',
};

/** The deal, all of one moment; undefined: there is none. */
export function findAdminDeal(db: Db, id: string): Promise<AdminDealWhole | undefined> {
  return db.transaction((trx) => readWhole(trx, id), { isolationLevel: 'repeatable read', readOnly: true });
}

async function readWhole(trx: Trx, dealId: string): Promise<AdminDealWhole | undefined> {
  const [deal] = await shownOf<AdminDealAlone>(trx, trx('deals').where('deals.id', dealId), ALONE);
  if (!deal) return undefined;
  return {
    deal,
    timeline: await storyOf(trx, dealId),
    payments: await fewRows(trx, adminPayments, { dealId }),
    transfers: await fewRows(trx, adminTransfers, { dealId }),
    refunds: await fewRows(trx, adminRefunds, { dealId }),
    chargebacks: await fewRows(trx, adminChargebacks, { dealId }),
    journals: await fewRows(trx, adminJournals, { dealId }),
    sends: await sendsOf(trx, dealId),
    rulings: await rulingsOf(trx, dealId),
    doubts: await fewRows(trx, adminDoubts, { dealId }),
    tasks: await fewRows(trx, adminTasks, { dealId }),
    breaks: await fewRows(trx, adminBreaks, { dealId }),
    decisions: await fewRows(trx, adminDecisions, { dealId }),
    notices: await fewRows(trx, adminNotices, { dealId }),
    events: await fewRows(trx, adminEvents, { dealNo: deal.dealNo }),
    feeBar: await barOf(trx, dealId as DealId, 'fee-refund'),
    transferBar: await barOf(trx, dealId as DealId, 'transfer'),
    isReviewed: await isUnderReview(trx, dealId as DealId),
  };
}

const of = (trx: Trx, table: string, dealId: string) => trx(table).where({ deal_id: dealId }).orderBy('id');

const storyOf = (trx: Trx, dealId: string): Promise<StoryLine[]> =>
  shownOf<StoryLine>(trx, of(trx, 'deal_events', dealId), {
    ...{ at: 'at', version: 'deal_version', from: 'from_state', to: 'to_state' },
    ...{ actor: 'actor', cause: 'cause', note: 'note' },
  });

const sendsOf = (trx: Trx, dealId: string): Promise<Sent[]> =>
  shownOf<Sent>(trx, of(trx, 'sends', dealId), {
    ...{ leg: 'leg', key: 'key', sentAt: 'sent_at', answer: 'answer', unknown: '"unknown"' },
  });

const rulingsOf = (trx: Trx, dealId: string): Promise<Ruled[]> =>
  shownOf<Ruled>(trx, of(trx, 'rulings', dealId), {
    ...{ leg: 'leg', attempt: 'attempt', verdict: 'verdict', evidence: 'evidence', evidenceAt: 'evidence_at' },
    ...{ standing: 'standing', why: 'why', actor: 'actor', reason: 'reason', decidedAt: 'decided_at' },
  });

/** What the rules of orders look at (workflows/domain/operator-actions.ts). */
export function factsOf(whole: AdminDealWhole): DealFacts {
  const { deal, payments, transfers, refunds, chargebacks, tasks, feeBar, transferBar, isReviewed } = whole;
  const standing = payments.find(({ late, paymentKey }) => !late && paymentKey !== null);
  const ofStanding = refunds.filter(({ paymentId }) => paymentId === standing?.id);
  const late = new Set(payments.flatMap((payment) => (payment.late ? [payment.id] : [])));
  const given = ofStanding.filter(({ status }) => status !== 'REJECTED');
  return {
    ...{ state: deal.status, waiting: deal.waitingReason, confirmed: deal.confirmedAt !== null, feeBar },
    ...{ transferBar, isReviewed, isCancelRequested: deal.cancelRequestedAt !== null },
    isGivenBack: refunds.some(
      ({ status, paymentId, principal }) => status !== 'REJECTED' && principal > 0 && !late.has(paymentId),
    ),
    payments: payments.map(({ status, sentAt, late, paymentKey }) => ({
      ...{ status, late, wasSent: sentAt !== null, hasKey: paymentKey !== null },
    })),
    transfers: transfers.map(({ status }) => status),
    refunds: refunds.map(({ status, paymentId, part }) => ({
      ...{ status, ofStanding: paymentId === standing?.id, ofFee: part === 'fee' },
    })),
    chargebacks: chargebacks.map(({ status }) => status),
    feeLeft: given.reduce((left, { fee }) => left - fee, deal.fee),
    openTasks: tasks.flatMap(({ reason, closedAt }) => (closedAt === null ? [reason] : [])),
  };
}
