/**
 * A charge may be paid over months: which is part of the intent. A deal has a category, and a refund the day by which
 * it is on the card's statement. The defaults are what rows were before, and what a process of the version before
 * still writes.
 */
export const INSTALMENTS_AND_CATEGORIES: readonly string[] = [
  `alter table payments add column installment_months int not null default 0,
     add constraint payments_installment_months check (installment_months = 0 or installment_months between 2 and 12),
     add constraint payments_installments_from check (installment_months = 0 or amount >= 50000)`,
  `alter table deals add column category text not null default 'other'
     check (category in ('rent', 'tuition', 'car', 'personal', 'other'))`,
  // Null of a refund that was done before this column.
  `alter table refunds add column statement_by date check (statement_by is null or status = 'DONE')`,
];
