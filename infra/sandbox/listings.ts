/** Daily lists: of what a list has told, the fault `list-shrinks` leaves lines out when it is read again. */
import type { Facts } from './faults';
import type { Sandbox } from './sandbox';

/** What a line is known by, and what a rule can be matched on beside the call's own facts. */
type About = Pick<Facts, 'orderId' | 'reference' | 'last4'> & { readonly key: string };

/**
 * Tells the lines. The fault strikes line by line, and only those of an earlier reading: a first reading is whole, so
 * that a list never hides what nobody was told of.
 */
export function tellLines<Line>(
  { store, faults }: Sandbox,
  lines: readonly Line[],
  aboutLine: (line: Line) => About,
  call: Facts,
): Line[] {
  const told = store.table<true>('told');
  return lines.filter((line) => {
    const { key, ...about } = aboutLine(line);
    if (told.get(key)) return !faults.take('list-shrinks', { ...call, ...about });
    told.set(key, true);
    return true;
  });
}
