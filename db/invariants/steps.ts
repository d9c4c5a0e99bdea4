/** I6: what brings deals on when nothing else does is itself alive. */
import { SILENT_STEPS } from '../minute-steps';
import type { Invariant } from './invariant';

export const STEP_INVARIANTS: readonly Invariant[] = [
  {
    id: 'I6',
    name: 'steps-alive',
    law: 'every step of the minute has succeeded within five minutes, or is awaited for less',
    over: 'minute_steps',
    breaks: `
      select null::uuid as "dealId", null as "dealNo", format('%s has not succeeded since %s', step,
        to_char(since at time zone 'UTC', 'YYYY-MM-DD HH24:MI"Z"')) as fact
      from (${SILENT_STEPS}) silent`,
  },
];
