import { BREAK_KINDS, type BreakClass, proposedFix } from '../../workflows/domain/breaks';

const CLASSES = Object.keys(BREAK_KINDS) as BreakClass[];
/** What the fix of each mender says; a person asks outside first, and `accept` then keeps what was found. */
const SAYS = {
  books: /^npm run reconcile -- accept <id>/,
  deal: /^none.* asks the (provider|bank) itself/,
  provider: /^(?=.*\b(provider|bank|slip)\b).*"npm run reconcile -- accept <id>"/,
};
test.each(CLASSES)('%s proposes the command that ends it, or says who ends it without one', (kind) => {
  const fix = proposedFix(kind, true);
  expect(fix).toMatch(SAYS[BREAK_KINDS[kind].mender]);
  expect(fix).not.toMatch(/undefined|null/);
});

test('no command of a deal is proposed for what belongs to none', () => {
  for (const kind of CLASSES) expect(proposedFix(kind, false)).not.toMatch(/npm run deal|<dealNo>/);
});

test('what a deal mends by asking names the leg it asks about', () => {
  const asking = CLASSES.filter((kind) => BREAK_KINDS[kind].mender === 'deal');
  expect(asking.filter((kind) => !('leg' in BREAK_KINDS[kind]))).toEqual([]);
});
