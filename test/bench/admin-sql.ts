/** Pieces of SQL of the long history (admin-history.ts). A deal is a row of `made`: its number `n`, when, its fate. */

/** Deals of one day; what is open is of the last one. */
export const A_DAY = 10_000;

/** How rows of one table are made. */
export interface Rows {
  readonly table: string;
  /** Default: one row of each deal. */
  readonly from?: string;
  readonly where?: string;
  readonly columns: Readonly<Record<string, string>>;
}

/** A UUID of version 7, of the time `at`. */
export const v7 = (kind: string, at: string, of = 'n'): string => {
  const text = `md5('${kind}' || ${of})`;
  const time = `lpad(to_hex((extract(epoch from ${at}) * 1000)::int8), 12, '0')`;
  return `(${time} || '7' || substr(${text}, 1, 3) || '8' || substr(${text}, 4, 15))::uuid`;
};
/** One of version 4, drawn from the text. */
export const ofMember = (kind: string, n: string): string =>
  `overlay(overlay(md5('${kind}' || ${n}) placing '4' from 13) placing '8' from 17)::uuid`;

export const STATUS = 'path[cardinality(path)]';
export const PAID = `'PAID' = any(path)`;
export const SENT = `'TRANSFERRING' = any(path)`;
export const BACK = `fate in ('failed', 'returned', 'fee-refunded', 'refund-unknown')`;
export const REFUND = `case fate when 'fee-refunded' then 100 else total end`;
export const IS_BACK = `fate in ('returned', 'operator-needed')`;
export const later = (seconds: number): string => `at + interval '${seconds} seconds'`;
/** Every `step`th deal, from the `first`; of the last day every `open`th stands open. */
export const each = (step: number, first: number): string => `n % ${step} = ${first}`;
export const unless = (open: number, first: number, then: string): string =>
  `case when not (live and n % ${open} = ${first}) then ${then} end`;
