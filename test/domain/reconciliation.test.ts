import { BREAK_KINDS, type BreakClass, proposedFix } from '../../workflows/domain/breaks';

const CLASSES = Object.keys(BREAK_KINDS) as BreakClass[];
test.each(CLASSES)('%s proposes a command, or says who else can mend it', (kind) => {
  const fix = proposedFix(kind, true);
  const commands = { books: /^npm run reconcile -- accept/, deal: /^none/, provider: /^none/ };
  expect(fix).toMatch(commands[BREAK_KINDS[kind].mender]);
  expect(fix).not.toMatch(/undefined|null/);
});

test('no command of a deal is proposed for what belongs to none', () => {
  for (const kind of CLASSES) expect(proposedFix(kind, false)).not.toContain('npm run deal');
});

test('what a deal mends by asking names the leg it asks about', () => {
  const asking = CLASSES.filter((kind) => BREAK_KINDS[kind].mender === 'deal');
  expect(asking.filter((kind) => !('leg' in BREAK_KINDS[kind]))).toEqual([]);
});
