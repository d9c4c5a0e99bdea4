/** What the card guard costs for texts that are made to be dear, beside letters: ratios of CPU time within one run. */
import { holdsCardNumber } from '../../workflows/domain/card-numbers';
import { median } from './numbers';

const BYTES = 16 * 1_024;
const filled = (part: string) => part.repeat(BYTES / Buffer.byteLength(part));
const LETTERS = filled('a');
/** `max`: how many times the CPU of letters it may cost. */
const TEXTS: readonly { readonly name: string; readonly text: string; readonly max?: number }[] = [
  { name: '1 1 1 …', text: filled('1 '), max: 2 },
  { name: '4 4 4 … (each may begin a number)', text: filled('4 ') },
];
const WARM_UP = 200;
const ROUNDS = 15;
const CALLS = 50;

/** CPU time of one call, µs. */
function costOf(text: string): number {
  const before = process.cpuUsage();
  for (let n = 0; n < CALLS; n++) holdsCardNumber(text);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / CALLS;
}

/** Runs the part; answers with what is amiss, in words. */
export function benchCardGuard(): string[] {
  for (const text of [LETTERS, ...TEXTS.map(({ text }) => text)]) {
    for (let n = 0; n < WARM_UP; n++) holdsCardNumber(text);
  }
  const costs = Array.from({ length: ROUNDS }, () => ({
    letters: costOf(LETTERS),
    others: TEXTS.map(({ text }) => costOf(text)),
  }));
  const letters = median(costs.map((round) => round.letters));
  process.stdout.write(`\nThe card guard on 16 KiB of one text (letters: ${letters.toFixed(0)} µs of this machine)\n`);
  return TEXTS.flatMap(({ name, max }, n) => {
    const ratio = median(costs.map((round) => (round.others[n] ?? Number.NaN) / round.letters));
    process.stdout.write(`  ${name.padEnd(36)}${ratio.toFixed(2)} times the CPU of letters\n`);
    return max === undefined || ratio <= max ? [] : [`the card guard: "${name}" costs ${ratio.toFixed(2)}, not ${max}`];
  });
}
