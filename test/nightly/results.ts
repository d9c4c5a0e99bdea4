/** docs/nightly.md: the last result of every step, whenever that was. */
import type { Outcome } from './outcome';
import type { Step } from './steps';

export interface Result extends Outcome {
  readonly step: string;
  /** `YYYY-MM-DD`. */
  readonly date: string;
  /** Short hash of the code that was run. */
  readonly commit: string;
  readonly seconds: number;
}

const HEAD = `# Nightly: the last results

\`npm run nightly\` runs what is too long for every change and writes this page; \`-- --list\` names the steps, \`-- --only chaos-3\` runs one,
\`-- --only chaos\` all ten seeds. Each row is that step's last run. What the steps show: [reliability.md](reliability.md),
[performance.md](performance.md).

| step | date | commit | took | passed | failed | |
|---|---|---|---|---|---|---|
`;
const NEVER = '| - | - | - | - | - | not run yet |';

const rowOf = ({ step, date, commit, seconds, passed, failed, facts }: Result): string => {
  const took = `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  const said = facts.join('; ').replaceAll('|', '/');
  return `| \`${step}\` | ${date} | \`${commit}\` | ${took} | ${passed} | ${failed} | ${said} |`;
};

/** The page after these results: their rows are new, those of the other steps stay. Steps that are gone lose their row. */
export function pageWith(page: string, results: readonly Result[], steps: readonly Step[]): string {
  const before = new Map([...page.matchAll(/^\| `([\w-]+)` \|.*$/gm)].map(([row, step = '']) => [step, row]));
  const now = new Map(results.map((result) => [result.step, rowOf(result)]));
  const rows = steps.map(({ name }) => now.get(name) ?? before.get(name) ?? `| \`${name}\` ${NEVER}`);
  return `${HEAD}${rows.join('\n')}\n`;
}
