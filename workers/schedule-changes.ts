/** What `npm run schedules` would change, in words: the table of batches against the Schedules that Temporal has. */
import type { CalendarSpecDescription, Client, ScheduleDescription } from '@temporalio/client';
import { scheduleNamed } from '../infra/temporal/client';
import { BATCH_NAMES, type BatchCalendar, type BatchName, batchOf } from '../workflows/domain/batches';

/** Schedules of earlier versions: their workflows are steps of the minute's sweep now. */
export const NO_MORE: readonly string[] = ['orphan-sweep', 'batch-watch', 'float-watch'];

interface ScheduleChange {
  readonly id: string;
  /** `new`: it is only added; the others alter or take away what there is. */
  readonly kind: 'new' | 'changed' | 'gone';
  /** `catch-up: 1 hour -> 1 day`; of a new one, all of it. */
  readonly fields: readonly string[];
}

/** The parts of a Schedule, as they are told. */
type Parts = Readonly<Record<string, string>>;

/** What would change; none: Temporal has what the table says. `taskQueue`: that of the batches. */
export async function plannedChanges(client: Client, taskQueue: string): Promise<ScheduleChange[]> {
  const ours = await Promise.all(BATCH_NAMES.map((id) => changeOf(client, id, partsWanted(id, taskQueue))));
  const gone = await Promise.all(NO_MORE.map((id) => scheduleNamed(client, id)));
  const taken = NO_MORE.filter((_, n) => gone[n]).map((id) => ({ id, kind: 'gone', fields: [] }) as const);
  return [...ours.filter((change) => change !== null), ...taken];
}

async function changeOf(client: Client, id: BatchName, wanted: Parts): Promise<ScheduleChange | null> {
  const found = await scheduleNamed(client, id);
  if (!found) return { id, kind: 'new', fields: Object.entries(wanted).map(([name, value]) => `${name}: ${value}`) };
  const there = partsFound(found, wanted);
  const names = Object.keys(wanted).filter((name) => there[name] !== wanted[name]);
  if (names.length === 0) return null;
  return { id, kind: 'changed', fields: names.map((name) => `${name}: ${there[name]} -> ${wanted[name]}`) };
}

const UNITS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** `90000` as `90 s`, `86400000` as `1 day`: the longest unit that it is whole in. */
function durationOf(ms: number | undefined): string {
  if (ms === undefined) return 'none';
  const [name, unit] = Object.entries(UNITS).findLast(([, one]) => ms % one === 0) ?? ['s', 1_000];
  const count = ms / unit;
  return name === 's' ? `${count} s` : `${count} ${name}${count === 1 ? '' : 's'}`;
}

function partsWanted(id: BatchName, taskQueue: string): Parts {
  const { workflowType, note, calendar, catchUp, overlap, runTimeout } = batchOf(id);
  return {
    when: whenWanted(calendar),
    'catch-up': catchUp,
    overlap,
    workflow: `${workflowType} on ${taskQueue}`,
    'run timeout': runTimeout?.replace('s', ' s') ?? 'none',
    note,
  };
}

function partsFound({ spec, policies, action, state }: ScheduleDescription, wanted: Parts): Parts {
  return {
    when: whenFound(spec),
    'catch-up': durationOf(policies.catchupWindow),
    overlap: policies.overlap?.toLowerCase() ?? 'none',
    workflow: `${action.workflowType} on ${action.taskQueue}`,
    'run timeout': durationOf(action.workflowRunTimeout),
    note: (state.paused ? wanted.note : state.note) ?? 'none', // why somebody paused it stays
  };
}

type Ranges = CalendarSpecDescription['hour'];

/** Every field with the ends that it may have. */
const FIELDS = { second: [0, 59], minute: [0, 59], hour: [0, 23], dayOfMonth: [1, 31] } as const;

const whenWanted = ({ dayOfMonth, dayOfWeek, hour, minute }: BatchCalendar): string =>
  `Asia/Seoul, day ${dayOfMonth ?? '*'}${dayOfWeek ? ` on ${dayOfWeek}` : ''}, ` +
  `hour ${typeof hour === 'object' ? hour.join('+') : hour}, minute ${minute}`;

/** As the one above when it is a calendar of that kind; whatever else there is, as it is. */
function whenFound(spec: ScheduleDescription['spec']): string {
  const { calendars = [], timezone, ...rest } = spec;
  const [calendar, ...others] = calendars;
  const more = Object.values(rest).some((value) => (Array.isArray(value) ? value.length > 0 : Boolean(value)));
  if (!calendar || others.length > 0 || more || isNarrower(calendar)) return JSON.stringify(spec);
  const of = (name: keyof typeof FIELDS) => told(calendar[name], FIELDS[name]);
  const days = weekdaysOf(calendar);
  const day = `day ${of('dayOfMonth')}${days === '*' ? '' : ` on ${days}`}`;
  return `${timezone}, ${day}, hour ${of('hour')}, minute ${of('minute')}`;
}

/** `*`, or the days as they are set. */
function weekdaysOf({ dayOfWeek }: CalendarSpecDescription): string {
  if (dayOfWeek.some(({ start, end }) => start === 'SUNDAY' && end === 'SATURDAY')) return '*';
  return dayOfWeek.map(({ start, end }) => (start === end ? start : `${start}-${end}`)).join('+');
}

/** Whether it has a second, a month or a year of its own. */
const isNarrower = ({ second, month, year }: CalendarSpecDescription): boolean =>
  told(second, FIELDS.second) !== '0' ||
  year.length > 0 ||
  !month.some(({ start, end }) => start === 'JANUARY' && end === 'DECEMBER');

function told(ranges: Ranges, [least, most]: readonly [number, number]): string {
  const all = ranges.flatMap(({ start, end, step }) => {
    const count = Math.floor((end - start) / step) + 1;
    return Array.from({ length: count }, (_, n) => start + n * step);
  });
  return all.length === most - least + 1 ? '*' : all.join('+');
}
