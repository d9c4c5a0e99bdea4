/** What holds for all deals: terms of grades, stops, Schedules. */
import { lastRuns } from '../../../db/batch-runs';
import { openStops } from '../../../db/stop-switches';
import { memberships } from '../../../db/views/admin-terms';
import { schedulesOf } from '../../../infra/temporal/schedules';
import type { ApiDeps } from '../../deps';
import { type Operation, operatorOperation } from '../../http/operation';
import { Problem } from '../../http/problem';
import { bothLanguages, z } from '../../http/zod';
import { instant, won } from './list-route';

const membershipSchema = z.object({
  grade: z.string(),
  name: bothLanguages,
  terms: z.array(z.object({ firstDay: z.iso.date(), feeBps: z.int(), fromPrincipal: won })),
});
const stopSchema = z.object({
  ...{ leg: z.enum(['charge', 'transfer']), source: z.enum(['operator', 'float']) },
  ...{ actor: z.string(), reason: z.string(), stoppedAt: instant },
});
const scheduleSchema = z.object({
  ...{ id: z.string(), note: z.string().nullable(), paused: z.boolean(), nextRunAt: instant.nullable() },
  nextRunsAt: z.array(instant),
  lastRun: z.object({ startedAt: instant, status: z.string().nullable() }).nullable(),
  runs: z.array(
    z.object({
      ...{ scheduledAt: instant, begunAt: instant, endedAt: instant.nullable() },
      status: z.enum(['running', 'done', 'failed']),
      ...{ result: z.unknown(), failure: z.string().nullable() },
    }),
  ),
});
/** Of each Schedule; of that of the minute none is booked. */
const RUNS_SHOWN = 10;

const tag = 'admin';
const itemsOf = (item: z.ZodType) => ({ 200: z.object({ items: z.array(item) }) });

export function adminHouseOperations({ db, temporal }: Pick<ApiDeps, 'db' | 'temporal'>): Operation[] {
  return [
    operatorOperation({
      ...{ method: 'get', path: '/v1/admin/memberships', tag, operationId: 'listMemberships', right: 'deals.read' },
      summary: 'Grades with their terms of the past, of today, and those to come',
      answers: itemsOf(membershipSchema),
      problems: [],
      async handle() {
        const items = (await memberships(db)).map(({ nameKo: ko, nameEn: en, ...shown }) => ({
          ...{ ...shown, name: { ko, en } },
        }));
        return { status: 200, body: { items } };
      },
    }),
    operatorOperation({
      ...{ method: 'get', path: '/v1/admin/stops', tag, operationId: 'listStops', right: 'deals.read' },
      summary: 'What is stopped, by whom and why',
      answers: itemsOf(stopSchema),
      problems: [],
      handle: async () => ({ status: 200, body: { items: await openStops(db) } }),
    }),
    operatorOperation({
      ...{ method: 'get', path: '/v1/admin/schedules', tag, operationId: 'listSchedules', right: 'deals.read' },
      summary: 'Batches: when each runs next, and what became of its last runs',
      answers: itemsOf(scheduleSchema),
      problems: ['unavailable'],
      async handle() {
        const schedules = await schedulesOf(temporal).catch(() => {
          throw new Problem('unavailable');
        });
        const ids = schedules.map(({ id }) => id);
        const all = await lastRuns(db, ids, { which: 'any', most: RUNS_SHOWN });
        const runsOf = (id: string) => all.filter(({ batch }) => batch === id).map(({ batch: _batch, ...run }) => run);
        return { status: 200, body: { items: schedules.map((one) => ({ ...one, runs: runsOf(one.id) })) } };
      },
    }),
  ];
}
