/** What a night is summed up to; the steps themselves are run by `npm run nightly`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { outcomeOf } from './outcome';
import { pageWith, type Result } from './results';
import { STEPS, stepsNamed } from './steps';

const RESULT: Result = {
  ...{ step: 'chaos-3', date: '2026-11-28', commit: 'abc1234', seconds: 812.4 },
  ...{ passed: 1, failed: 0, facts: ['0 breaks'] },
};
const [FIRST] = STEPS;

test.each([
  ['tests', 'PASS a\n12 passed, 3 failed\n', 1, 12, 3],
  ['planted bugs', 'caught x\n61 caught, 1 survived\n', 1, 61, 1],
  ['a runner without counts that ends well', 'Time to quiet: 60 s\n0 breaks\n', 0, 1, 0],
  ['a runner without counts that ends badly', '2 breaks\n', 1, 0, 1],
  ['counts without a failure, and an end that is one', '12 passed, 0 failed\n', 1, 12, 1],
])('%s are counted by their last words and their exit code', (_, output, code, passed, failed) => {
  expect(outcomeOf(output, code)).toMatchObject({ passed, failed });
});

test('of the output only the facts that a step names are kept', () => {
  const output = 'Failpoints: 38 of 38 hit\nin between\nTime to quiet:   60 s\n';
  expect(outcomeOf(output, 0, [/^(Failpoints: .+)$/m, /^(Time to quiet: .+)$/m, /^(AMISS: .+)$/m]).facts).toEqual([
    'Failpoints: 38 of 38 hit',
    'Time to quiet: 60 s',
  ]);
});

test('a step that ran gets a new row, and the rows of all others stay', () => {
  const before = pageWith('', [{ ...RESULT, step: 'mutants', commit: 'older12' }], STEPS);
  const after = pageWith(before, [RESULT], STEPS);
  expect(after).toContain('| `chaos-3` | 2026-11-28 | `abc1234` | 13 min 32 s | 1 | 0 | 0 breaks |');
  expect(after).toContain('`older12`');
  expect(pageWith(after, [{ ...RESULT, commit: 'newer12' }], STEPS)).not.toContain('abc1234');
});

test('docs/nightly.md has a row for every step, and for no other', () => {
  const page = readFileSync(join(__dirname, '../../docs/nightly.md'), 'utf8');
  expect(page).toBe(pageWith(page, [], STEPS));
});

test('a step is chosen by its name or by what its name begins with; another name is refused', () => {
  expect(stepsNamed([])).toEqual(STEPS);
  expect(stepsNamed(['chaos'])).toHaveLength(10);
  expect(stepsNamed(['chaos-1']).map(({ name }) => name)).toEqual(['chaos-1']);
  expect(() => stepsNamed(['chaos-11'])).toThrow(`no such step: chaos-11; there are ${FIRST?.name}`);
});
