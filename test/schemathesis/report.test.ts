/** What a run of schemathesis is judged by. */
import { judge } from './report';

const OPERATIONS = ['GET /a', 'POST /b'];
const ANSWERS = { 'GET /a': { '200': 3, '404': 1 }, 'POST /b': { '201': 1, '422': 5 } };
const GOOD = { complete: true, operations: { tested: 2 }, failures: [], errors: [] };

test('a run without findings passes each operation, and tells what each answered', () => {
  const { lines, passed, failed } = judge(OPERATIONS, ANSWERS, GOOD);
  expect([passed, failed]).toEqual([2, 0]);
  expect(lines.map((line) => line.replace(/ +/g, ' '))).toEqual([
    'GET /a 200 ×3, 404 ×1',
    'POST /b 201 ×1, 422 ×5',
    '10 requests: 200 ×3, 201 ×1, 404 ×1, 422 ×5',
  ]);
});

test('a finding fails the operations that it was made in, and one of none fails the run', () => {
  const found = { title: 'Server error', operations: ['POST /b'] };
  expect(judge(OPERATIONS, ANSWERS, { ...GOOD, failures: [found] })).toMatchObject({ passed: 1, failed: 1 });
  expect(judge(OPERATIONS, ANSWERS, { ...GOOD, failures: [{ ...found, operations: [] }] }).failed).toBe(1);
});

test.each([
  ['refused everything', { '404': 9 }],
  ['was never asked', undefined],
])('an operation that %s fails', (_, statuses) => {
  const answers = { 'GET /a': ANSWERS['GET /a'], ...(statuses && { 'POST /b': statuses }) };
  expect(judge(OPERATIONS, answers, GOOD)).toMatchObject({ passed: 1, failed: 1 });
});

test('a run that stumbled, or ended early, fails', () => {
  expect(judge(OPERATIONS, ANSWERS, { ...GOOD, errors: [{ title: 'Hook Error', count: 2 }] }).failed).toBe(1);
  expect(judge(OPERATIONS, ANSWERS, { ...GOOD, complete: false }).failed).toBe(1);
  expect(judge(OPERATIONS, ANSWERS, { ...GOOD, operations: { tested: 1 } }).failed).toBe(1);
});
