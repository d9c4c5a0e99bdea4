/** What the providers do to a deal's calls, by name: each fate is the faults that its sandbox is told for one key. */
import { WHEN_HURRIED } from '../faults/faults';
import type { Fault } from '../servers/sandboxes';

/** A fault without its key. `path`: only calls of it. */
type Stroke = Pick<Fault, 'fault' | 'delayMs'> & { readonly path?: string };

const HURRIED = { delayMs: WHEN_HURRIED } as const;
const CHARGE = { path: '/billing/payment' } as const;
const CANCEL = { path: '/cancel' } as const;
const SEND = { path: 'POST /transfers' } as const;

const LATE_LANDING = { fault: 'lands-late', ...CHARGE, ...HURRIED } as const;
const DECLINE = { fault: 'decline', ...CHARGE } as const;

/** Of a charge, by its orderId. */
export const CHARGE_FATES = {
  ordinary: [],
  declined: [DECLINE],
  'lost-before': [{ fault: 'timeout-before', ...CHARGE }],
  'lost-after': [{ fault: 'timeout-after', ...CHARGE }],
  'server-error': [{ fault: 'error-500', ...CHARGE }],
  'cut-after': [{ fault: 'drop-after-commit', ...CHARGE }],
  unreadable: [{ fault: 'garbage', ...CHARGE }],
  slow: [{ fault: 'slow', ...CHARGE, delayMs: 400 }],
  'lands-late': [LATE_LANDING],
  'lands-after-decline': [LATE_LANDING, DECLINE],
  'lands-beside-new-judgement': [LATE_LANDING, DECLINE, { fault: 'judged-anew', ...CHARGE }],
  'charged-after-decline': [{ fault: 'late-success', ...CHARGE, ...HURRIED }],
  'card-unknown': [{ fault: 'unknown-card', ...CHARGE }],
} as const satisfies Readonly<Record<string, readonly Stroke[]>>;

/** Of a charge's cancels, by its orderId. */
export const CANCEL_FATES = {
  ordinary: [],
  'server-error': [{ fault: 'error-500', ...CANCEL }],
  'lost-after': [{ fault: 'timeout-after', ...CANCEL }],
  'cut-after': [{ fault: 'drop-after-commit', ...CANCEL }],
  unreadable: [{ fault: 'garbage', ...CANCEL }],
} as const satisfies Readonly<Record<string, readonly Stroke[]>>;

const CLOSED = { fault: 'bank-closed', ...SEND } as const;

/** Of a transfer, by its reference. */
export const TRANSFER_FATES = {
  ordinary: [],
  closed: [CLOSED],
  busy: [{ fault: 'bank-busy', ...SEND }],
  'lost-before': [{ fault: 'timeout-before', ...SEND }],
  'lost-after': [{ fault: 'timeout-after', ...SEND }],
  'server-error': [{ fault: 'error-500', ...SEND }],
  'cut-after': [{ fault: 'drop-after-commit', ...SEND }],
  unreadable: [{ fault: 'garbage', ...SEND }],
  'lands-late': [{ fault: 'lands-late', ...SEND, ...HURRIED }],
  'lands-behind-a-gate': [{ fault: 'lands-late', ...SEND, ...HURRIED }, CLOSED],
  unseen: [
    { fault: 'not-found', ...SEND, ...HURRIED },
    { fault: 'drop-after-commit', ...SEND },
  ],
  'done-late': [{ fault: 'late-success', ...SEND, ...HURRIED }],
  processing: [{ fault: 'processing', ...SEND, ...HURRIED }],
  returned: [{ fault: 'late-return', ...SEND, ...HURRIED }],
  'query-dead': [
    { fault: 'processing', ...SEND, ...HURRIED },
    { fault: 'error-500', path: 'GET /transfers/' },
  ],
} as const satisfies Readonly<Record<string, readonly Stroke[]>>;

/** How the events of a key are told. */
export const EVENT_FATES = {
  told: [],
  untold: [{ fault: 'webhook-missing' }],
  twice: [{ fault: 'webhook-duplicate' }],
  late: [{ fault: 'webhook-late', delayMs: 700 }],
  disordered: [{ fault: 'webhook-reordered', delayMs: 400 }],
} as const satisfies Readonly<Record<string, readonly Stroke[]>>;

export type ChargeFate = keyof typeof CHARGE_FATES;
export type CancelFate = keyof typeof CANCEL_FATES;
export type TransferFate = keyof typeof TRANSFER_FATES;
export type EventFate = keyof typeof EVENT_FATES;

/** The faults of these strokes for one key. */
export const faultsOf = (strokes: readonly Stroke[], key: { orderId: string } | { reference: string }) =>
  strokes.map(({ path, ...stroke }) => ({ ...stroke, match: { ...key, ...(path && { path }) } }));
