/** Whatever talks with Temporal encrypts what it sends, and is made in one way (infra/temporal/options.ts). */
import { isIn, read, sources } from './sources';

const SELF = 'test/tidy/temporal.test.ts';
const timesIn = (file: string, word: string): number => read(file).split(word).length - 1;
const temporalSources = sources.filter(
  (file) => file !== SELF && /@temporalio\/(client|worker|testing)/.test(read(file)),
);

/** What is made, and the options of ours without which it would send in the clear. */
const WITH = [
  { made: 'new Client(', options: 'clientOptionsOf(' },
  { made: 'TestWorkflowEnvironment.create', options: 'clientOptionsOf(' },
  { made: 'Worker.create(', options: 'orkerOptionsOf(' }, // once for both workers of the house
  { made: 'Worker.runReplay', options: 'replayOptionsOf(' },
  { made: 'bundleWorkflowCode(', options: '...bundleOptions' },
];

test.each(WITH)('nobody calls $made without $options', ({ made, options }) => {
  const makers = temporalSources.filter((file) => timesIn(file, made) > 0);
  expect(makers.length).toBeGreaterThan(0);
  const shared = ['workers/compose.ts'];
  const strays = makers.filter((file) => timesIn(file, options) < (isIn(file, shared) ? 1 : timesIn(file, made)));
  expect(strays).toEqual([]);
});

test('a run draws nothing by chance: what it drew, every replay would have to draw again', () => {
  const drawing = /\b(uuid4|randomUUID|randomBytes|getRandomStream)\b|\bMath\.random\b/;
  expect(sources.filter((file) => isIn(file, ['workflows']) && drawing.test(read(file)))).toEqual([]);
});
