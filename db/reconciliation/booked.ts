/** What the ledger says of a money event: its journal, and whatever corrects it. */

/**
 * Every journal of the events of one kind that a scope names in its column `name`:
 * that column, id and at. Two parts and no `or`, so that each finds its own index.
 */
export const journalsOf = (scope: string, name: string, kind: 'charge' | 'refund' | 'transfer' | 'return'): string => `(
  select s.${name}, j.id, j.at from ${scope} s join ledger_journals j on j.key = '${kind}:' || s.${name}
  union all
  select s.${name}, j.id, j.at from ${scope} s join ledger_journals j on j.corrects = '${kind}:' || s.${name})`;
