/** I15 of rights: the application can do what its code does, and could not do more if it were somebody else's. */
import { TOO_MIGHTY, WANTED_RIGHTS, WRONG_RIGHTS } from '../rights/differences';
import type { Invariant } from './invariant';

export const RIGHTS_INVARIANTS: readonly Invariant[] = [
  {
    id: 'I15',
    name: 'app-role-is-bare',
    law: 'the application, and who only reads, can do with each table what db/rights says, and own and make nothing',
    over: 'pg_roles',
    breaks: `
      select null::uuid as "dealId", null as "dealNo", fact from (${WRONG_RIGHTS}) r
      union all select null, null, fact from (${TOO_MIGHTY}) m`,
    bindings: WANTED_RIGHTS,
  },
];
