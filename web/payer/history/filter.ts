/** Which deals of the history are shown: the address holds all of it. */
import { useSearchParams } from 'wouter';
import type { Deal, DealFilter } from '../data';

const STATES = {
  all: [],
  underWay: ['PENDING', 'PAID', 'TRANSFERRING', 'TRANSFER_FAILED'],
  done: ['COMPLETED'],
  returned: ['REFUNDED', 'CANCELLED'],
} as const satisfies Readonly<Record<string, readonly Deal['status'][]>>;

type Group = keyof typeof STATES;
export const GROUPS = Object.keys(STATES) as Group[];

const isGroup = (given: string | null): given is Group => GROUPS.some((group) => group === given);

interface Filter {
  readonly group: Group;
  /** Of Korea, `YYYY-MM`; undefined: all. */
  readonly month: string | undefined;
  /** Empty: nothing is searched for. */
  readonly q: string;
}

const MONTH = /^20\d{2}-(0[1-9]|1[0-2])$/;
/** What the API searches for, at most, characters. */
export const SEARCH_MAX = 50;

/** What an address does not say, or says in no way that is known, filters nothing. */
function filterOf(search: URLSearchParams): Filter {
  const [group, month] = [search.get('status'), search.get('month')];
  return {
    group: isGroup(group) ? group : 'all',
    month: month !== null && MONTH.test(month) ? month : undefined,
    q: (search.get('q') ?? '').trim().slice(0, SEARCH_MAX),
  };
}

/** As the API is asked for it. */
export function toDealFilter({ group, month, q }: Filter): DealFilter {
  return {
    ...(group !== 'all' && { status: [...STATES[group]] }),
    ...(month !== undefined && { from: `${month}-01`, to: lastDayOf(month) }),
    ...(q !== '' && { q }),
  };
}

function lastDayOf(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10);
}

export const isFiltered = ({ group, month, q }: Filter): boolean => group !== 'all' || month !== undefined || q !== '';

interface UsedFilter {
  readonly filter: Filter;
  /** An empty value: no longer. */
  set(name: 'status' | 'month' | 'q', value: string): void;
  clear(): void;
}

export function useFilter(): UsedFilter {
  const [search, setSearch] = useSearchParams();
  const set = (name: string, value: string) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        after.delete(name);
        if (value !== '') after.set(name, value);
        return after;
      },
      { replace: true },
    );
  return { filter: filterOf(search), set, clear: () => setSearch({}, { replace: true }) };
}
