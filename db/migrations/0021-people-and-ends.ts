/**
 * Whose a decision of the risk rules was, beyond the membership: its phone, and the person if they are known, so that
 * leaving and joining again begins no new day. When a member's sessions were last ended, and which one was kept: Redis
 * may come back from an older copy.
 */
export const PEOPLE_AND_ENDS: readonly string[] = [
  `alter table risk_decisions add phone_hash text, add person_hash text`,
  `update risk_decisions r set phone_hash = u.phone_hash, person_hash = u.ci_hash from users u where u.id = r.user_id`,
  `create index risk_decisions_phone on risk_decisions (phone_hash, kst_day) where reserved and released_at is null;
   create index risk_decisions_person on risk_decisions (person_hash, kst_day)
     where reserved and released_at is null and person_hash is not null`,
  `alter table users add sessions_ended_at timestamptz, add session_kept text`,
];
