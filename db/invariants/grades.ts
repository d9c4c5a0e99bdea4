/** I16 (what a member pays): a grade is what its changes made of it. */
import type { Invariant } from './invariant';

/** Which every member has until the first change (migration 0001). */
const FIRST_GRADE = 'BASIC';
/** Of who was there before changes were rows, nobody knows it: their first change tells what it was. */
const FIRST_OF = `case when u.created_at >= (
  select created_at from migration_hashes where name = '0041-months-and-grades') then :first else null end`;

export const GRADE_INVARIANTS: readonly Invariant[] = [
  {
    id: 'I16',
    name: 'grades-follow-their-changes',
    law: 'a member has the grade of their last change, which began with the one before it; until the first, BASIC',
    over: 'users',
    bindings: { first: FIRST_GRADE },
    breaks: `
      select null::uuid as "dealId", null as "dealNo",
        format('member %s is %s, and was made %s', u.id, u.grade, coalesce(c.grade, ${FIRST_OF})) as fact
      from users u left join lateral (
        select grade from grade_changes where user_id = u.id order by first_day desc limit 1) c on true
      where u.grade <> coalesce(c.grade, ${FIRST_OF})
      union all
      select null, null,
        format('member %s was %s before %s, and not %s', c.user_id, c.before, c.first_day, c.from_grade)
      from (select g.*, coalesce(lag(g.grade) over (partition by g.user_id order by g.first_day), ${FIRST_OF}) as before
          from grade_changes g join users u on u.id = g.user_id) c
      where c.from_grade <> c.before`,
  },
];
