/** The planted bugs fit the code of today, and leave no invariant without one; `npm run mutants` shows that each is noticed. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { misfitOf, readMutants } from './mutants';

const ROOT = join(__dirname, '../..');
const MUTANTS = readMutants(__dirname);
const INVARIANTS = Array.from({ length: 16 }, (_, n) => `I${n + 1}`);

test.each(MUTANTS)('the patch of $name applies to the code as it is', (mutant) => {
  expect(misfitOf(mutant, ROOT)).toBeNull();
});

test.each(MUTANTS)('$name breaks an invariant that there is, and names test files that there are', (mutant) => {
  expect(INVARIANTS).toContain(mutant.invariant);
  expect(mutant.tests.files).not.toEqual([]);
  expect(mutant.tests.files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
});

test('every invariant is broken by some mutant', () => {
  const broken = new Set(MUTANTS.map(({ invariant }) => invariant));
  expect(INVARIANTS.filter((invariant) => !broken.has(invariant))).toEqual([]);
});
