/**
 * What operators may do: rights, and the roles that hold them (docs/operators.md shows the table). A route, and an
 * order of the command line, names the one right that it needs; the role decides.
 */

/** Every right, with what it lets its holder do. */
export const OPERATOR_RIGHTS = {
  'self.use': 'log in, see oneself, log out',
  'deals.read': 'see deals, members (masked), tasks, queues, notices, webhooks',
  'money.read': 'see the ledger, settlement days, breaks, the float',
  'risk.read': 'see risk decisions and limits',
  'risk.rules': 'propose risk rules, ask for them to become the active ones, deny and trust',
  'audit.read': 'read and export the audit',
  'personal.reveal': 'see one masked field in the clear, with a reason',
  'payloads.decode': 'read the histories of workflows in the clear',
  'tasks.close': 'settle alarms and tasks',
  'deals.release': 'end a risk review: the deal is paid out',
  'deals.refund': 'give a whole charge back',
  'deals.retry': 'try a transfer again now',
  'deals.correct-account': 'pay another verified recipient of the same payer',
  'deals.refund-fee': 'give back a part of a completed deal’s fee',
  'deals.chargeback': 'note what became of a dispute',
  'webhooks.process': 'have a webhook looked at again',
  'batches.run': 'run a batch now, pause a Schedule, reconcile a day',
  'requests.make': 'ask for what needs a second person',
  'money.approve': 'be the second person of a request',
  'money.rule': 'decide an outcome that no provider could decide',
  'money.transfer': 'hold a deal, pay it by hand, and book that',
  'float.book': 'book what the owner put into the float or took out',
  'breaks.accept': 'end a break by correcting our books',
  'stops.throw': 'stop new charges or new transfers',
  'stops.lift': 'lift such a stop',
  'holds.set': 'set and lift legal holds',
  'keys.rotate': 'rotate keys',
  'operators.manage': 'invite and disable operators',
} as const satisfies Readonly<Record<string, string>>;

export type OperatorRight = keyof typeof OPERATOR_RIGHTS;
const ALL = Object.keys(OPERATOR_RIGHTS) as OperatorRight[];

const READS = ['self.use', 'deals.read', 'money.read', 'risk.read'] as const satisfies readonly OperatorRight[];
const CARE = ['tasks.close', 'requests.make', 'stops.throw'] as const satisfies readonly OperatorRight[];
const PERSONAL = ['personal.reveal', 'payloads.decode'] as const satisfies readonly OperatorRight[];

/** The rights of each role that a person can have. */
const ASSIGNABLE = {
  viewer: ['self.use', 'deals.read'],
  support: ['self.use', 'deals.read', 'personal.reveal', 'deals.retry', 'deals.correct-account', ...CARE],
  risk: [
    ...READS,
    ...PERSONAL,
    ...CARE,
    'deals.release',
    'deals.refund',
    'deals.chargeback',
    'holds.set',
    'risk.rules',
  ],
  finance: [
    ...[...READS, ...PERSONAL, ...CARE, 'deals.refund', 'deals.retry', 'deals.correct-account', 'deals.refund-fee'],
    ...['deals.chargeback', 'webhooks.process', 'batches.run', 'money.approve', 'money.rule', 'money.transfer'],
    ...['float.book', 'breaks.accept', 'stops.lift'],
  ] as OperatorRight[],
  admin: ALL,
  auditor: [...READS, 'audit.read'],
} as const satisfies Readonly<Record<string, readonly OperatorRight[]>>;

export type OperatorRole = keyof typeof ASSIGNABLE;

/** In the order of docs/operators.md. */
export const OPERATOR_ROLES = Object.keys(ASSIGNABLE) as readonly OperatorRole[];

/** Of a session that somebody at the server opened without a log-in: nobody is given it. */
export const BREAK_GLASS = 'break-glass';
/** Who acts: a person in their role, or whoever broke the glass. */
export type ActingRole = OperatorRole | typeof BREAK_GLASS;

export const RIGHTS_OF: Readonly<Record<ActingRole, readonly OperatorRight[]>> = {
  ...ASSIGNABLE,
  [BREAK_GLASS]: [...READS, 'requests.make', 'stops.throw'],
};

/** Whether the role holds the right. */
export const holdsRight = (role: ActingRole, right: OperatorRight): boolean => RIGHTS_OF[role].includes(right);

/** How operators are named, in stories too: `operator:<handle>`. */
export const HANDLE = /^[a-z][a-z0-9.-]{1,39}$/;
