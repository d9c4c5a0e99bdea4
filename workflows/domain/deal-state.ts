/** States and the only legal edges between them (spec §2). The database refuses any other edge too. */

export const DEAL_STATES = [
  'PENDING',
  'PAID',
  'TRANSFERRING',
  'TRANSFER_FAILED',
  'COMPLETED',
  'REFUNDED',
  'CANCELLED',
] as const;
export type DealState = (typeof DEAL_STATES)[number];

export const PAYMENT_STATES = ['PENDING', 'PAID', 'FAILED', 'CANCELLED', 'REFUNDED', 'PARTIALLY_REFUNDED'] as const;
export type PaymentState = (typeof PAYMENT_STATES)[number];

export const TRANSFER_STATES = ['PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'RETURNED'] as const;
export type TransferState = (typeof TRANSFER_STATES)[number];

/**
 * Why a deal waits; payer and operator both see it. `paying-by-hand` is more than words: while a row says it, the
 * database lets none of the deal's money move but by the booking of what a person pays.
 */
export const WAIT_REASONS = [
  'card-needed',
  'charge-unknown',
  'risk-review',
  'bank-closed',
  'transfer-unknown',
  'retry-due',
  'refund-unknown',
  'operator-needed',
  'paying-by-hand',
] as const;
export type WaitReason = (typeof WAIT_REASONS)[number];

/** Every legal edge. COMPLETED → TRANSFER_FAILED happens only when the bank returns the money later (반환). */
export const DEAL_EDGES: readonly (readonly [DealState, DealState])[] = [
  ['PENDING', 'PAID'],
  ['PENDING', 'CANCELLED'],
  ['PAID', 'TRANSFERRING'],
  ['PAID', 'REFUNDED'],
  ['TRANSFERRING', 'COMPLETED'],
  ['TRANSFERRING', 'TRANSFER_FAILED'],
  ['TRANSFER_FAILED', 'TRANSFERRING'],
  ['TRANSFER_FAILED', 'REFUNDED'],
  ['COMPLETED', 'TRANSFER_FAILED'],
];

/** Whether this word is a state of a deal. */
export const isDealState = (word: string): word is DealState => DEAL_STATES.some((state) => state === word);

/** Whether the deal may move from one state to the other. */
export function isLegalEdge(from: DealState, to: DealState): boolean {
  return DEAL_EDGES.some(([a, b]) => a === from && b === to);
}

/**
 * Whether its payer may still cancel, as far as its standing tells: the intent of a transfer moves it on (spec §4), and
 * a person who pays it by hand may have paid.
 */
export function isCancellable(state: DealState, waiting: WaitReason | null): boolean {
  return waiting !== 'paying-by-hand' && (state === 'PENDING' || state === 'PAID');
}

/** Whether the state is an end; only a late bank return or a late charge reopens it (spec §4). */
export function isTerminal(state: DealState): boolean {
  return state === 'COMPLETED' || state === 'REFUNDED' || state === 'CANCELLED';
}
