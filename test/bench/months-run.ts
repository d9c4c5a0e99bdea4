/** Both batches of one first of a month in a process of its own. Answers over IPC with times, counts and peak memory. */
import { monthlyActivities } from '../../activities/batches/monthly';
import { openDb } from '../../db/connection';
import { createLog } from '../../infra/log';
import type { MemberPage, PageRequest } from '../../workflows/batches/ports';
import { type Memory, withMemory } from './children';

export interface MonthsOrder {
  readonly databaseUrl: string;
  /** ISO. */
  readonly scheduledAt: string;
}

interface Gone {
  readonly seconds: number;
  readonly members: number;
  readonly failed: number;
  readonly counts: Readonly<Record<string, number>>;
}

export interface MonthsReport extends Memory {
  readonly grades: Gone;
  /** The same once more, which changes nothing. */
  readonly again: Gone;
  readonly months: Gone;
}

/** As the workflow goes through the pages, without the engine. */
async function through(scheduledAt: string, pageOf: (request: PageRequest) => Promise<MemberPage>): Promise<Gone> {
  const from = performance.now();
  const counts: Record<string, number> = {};
  let [members, failed] = [0, 0];
  for (let after: string | null = null; ; ) {
    const page: MemberPage = await pageOf({ scheduledAt, after });
    members += page.members;
    failed += page.failed.length;
    for (const [name, n] of Object.entries(page.counts)) counts[name] = (counts[name] ?? 0) + n;
    after = page.next;
    if (after === null) return { seconds: (performance.now() - from) / 1_000, members, failed, counts };
  }
}

async function main(): Promise<void> {
  const { databaseUrl, scheduledAt } = JSON.parse(process.argv[2] ?? '') as MonthsOrder;
  const db = openDb({ databaseUrl, poolMax: 2 });
  const steps = monthlyActivities({ db, heartbeat: () => undefined, log: createLog('bench', 'silent') });
  await steps.keepMonth({ scheduledAt: '2020-01-31T15:00:00.000Z', after: null }); // an empty month: code and connections are there
  const [batches, memory] = await withMemory(async () => ({
    grades: await through(scheduledAt, steps.judgeGrades),
    again: await through(scheduledAt, steps.judgeGrades),
    months: await through(scheduledAt, steps.keepMonth),
  }));
  await db.destroy();
  process.send?.({ ...batches, ...memory } satisfies MonthsReport, () => process.exit(0));
}

main().catch((error: Error) => {
  process.stderr.write(`run: ${error.stack}\n`);
  process.exit(1);
});
