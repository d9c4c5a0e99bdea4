/**
 * What a member completed in a month of Korea is kept once the month is over (spec §10), and a grade changes by it, on
 * the first of the next one. Both are evidence: rows are added and never changed.
 */
export const MONTHS_AND_GRADES: readonly string[] = [
  `create table user_monthly_stats (
     user_id uuid not null references users,
     -- The first KST day of a month that is over; a member who completed nothing in it has no row.
     month date not null check (extract(day from month) = 1),
     -- Completed in it, if the money had not come back by the time at which the month was kept.
     deals int not null check (deals > 0),
     principal int8 not null check (principal > 0),
     fee int8 not null check (fee >= 0),
     version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
     primary key (user_id, month));
   create trigger user_monthly_stats_immutable before update or delete or truncate on user_monthly_stats
     for each statement execute function refuse_change()`,
  `create table grade_changes (
     user_id uuid not null references users,
     -- The first KST day of the new grade: of a month, by what was completed in the one before.
     first_day date not null check (extract(day from first_day) = 1),
     from_grade text not null references memberships,
     grade text not null references memberships,
     completed int8 not null check (completed >= 0),
     version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
     primary key (user_id, first_day),
     constraint grade_changes_differ check (grade <> from_grade));
   create trigger grade_changes_immutable before update or delete or truncate on grade_changes
     for each statement execute function refuse_change()`,
  // Of which months grades were judged: one that comes late changes nothing that a later one has decided.
  `create table grade_periods (
     first_day date primary key check (extract(day from first_day) = 1),
     version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz)`,
];
