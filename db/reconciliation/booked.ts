/** What the ledger says of a money event: its journal, and whatever corrects it. */

/**
 * A transfer is one money event, `transfer:<reference>`, in up to three journals: its intent, and how it ended. Its
 * return is another one.
 */
const TRANSFER_KINDS = ['transfer-intent', 'transfer', 'transfer-failed'] as const;
type EventKind = 'charge' | 'refund' | 'transfer' | 'return';
/** The kinds of the journals that an event may have. */
export const kindsOf = (kind: string): readonly string[] => (kind === 'transfer' ? TRANSFER_KINDS : [kind]);

/** The key of the money event that the journal with this key is of. */
export const eventOf = (key: string): string => key.replace(/^transfer-(intent|failed):/, 'transfer:');

/** The keys of every journal that a money event may have, its corrections apart. */
export function journalKeysOf(event: string): string[] {
  const name = event.slice(event.indexOf(':'));
  return event.startsWith('transfer:') ? TRANSFER_KINDS.map((kind) => `${kind}${name}`) : [event];
}

/**
 * Every journal of the events of one kind that a scope names in its column `name`:
 * that column, id and at. Parts and no `or`, so that each finds its own index.
 */
export const journalsOf = (scope: string, name: string, kind: EventKind): string => `(
  ${kindsOf(kind)
    .map(
      (own) => `select s.${name}, j.id, j.at from ${scope} s join ledger_journals j on j.key = '${own}:' || s.${name}`,
    )
    .join('\n  union all\n  ')}
  union all
  select s.${name}, j.id, j.at from ${scope} s join ledger_journals j on j.corrects = '${kind}:' || s.${name})`;
