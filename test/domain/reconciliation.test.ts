import { BREAK_KINDS, type BreakClass, proposedFix } from '../../workflows/domain/reconciliation';

const CLASSES = Object.keys(BREAK_KINDS) as BreakClass[];
const subject = (kind: BreakClass, more: object = {}) => ({
  ...{ class: kind, dealNo: 'PL260302K7Q2', attempt: 2, day: '2026-03-02', stale: false },
  theirs: { paymentKey: 'pay_1', line: 7 },
  ...more,
});
const COMMAND =
  /^npm run deal -- PL260302K7Q2 rule --leg (charge|transfer) --attempt 2 --verdict (done|failed) --evidence "[^"]+" --reason "[^"]+"/;

test.each(CLASSES)('%s proposes a command, or says who else can mend it', (kind) => {
  const fix = proposedFix(subject(kind));
  const commands = { order: COMMAND, books: /^npm run reconcile -- accept/, deal: /^none/, provider: /^none/ };
  expect(fix).toMatch(commands[BREAK_KINDS[kind].mender]);
  expect(fix).not.toMatch(/undefined|null/);
});

test('a settled charge too old to ask about is proposed as done, with its line and its paymentKey', () => {
  const fix = proposedFix(subject('charge-undecided-but-settled', { stale: true }));
  expect(fix).toMatch(COMMAND);
  expect(fix).toContain('--leg charge --attempt 2 --verdict done --evidence "settlement file 2026-03-02, line 7"');
  expect(fix).toMatch(/ --payment-key pay_1$/);
});

test('no command is proposed for what belongs to no deal', () => {
  for (const kind of CLASSES) expect(proposedFix(subject(kind, { dealNo: null }))).not.toContain('npm run deal');
});

test('what a deal mends by asking names the leg it asks about', () => {
  const asking = CLASSES.filter((kind) => BREAK_KINDS[kind].mender === 'deal');
  expect(asking.filter((kind) => !('leg' in BREAK_KINDS[kind]))).toEqual([]);
});
