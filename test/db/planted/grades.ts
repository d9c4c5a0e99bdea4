/** Grades that nobody gave. */
import type { Planted } from './planted';

const law = 'grades-follow-their-changes';
const SOMEBODY = '(select id from users order by id limit 1)';
const change = (day: string, from: string, to: string) =>
  `insert into grade_changes (user_id, first_day, from_grade, grade, completed)
     values (${SOMEBODY}, '${day}', '${from}', '${to}', 0);`;

export const PLANTED_GRADES: readonly Planted[] = [
  { law, of: null, sql: `update users set grade = 'VIP' where id = ${SOMEBODY}` },
  { law, of: null, sql: change('2026-01-01', 'BASIC', 'GOLD') },
  {
    law,
    of: null,
    sql: `${change('2026-01-01', 'BASIC', 'GOLD')} ${change('2026-02-01', 'SILVER', 'VIP')}
      update users set grade = 'VIP' where id = ${SOMEBODY}`,
  },
];
