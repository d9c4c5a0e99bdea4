/** What the money activities stand on; `workers/compose.ts` wires it. */
import type { Redis } from 'ioredis';
import type { Db } from '../../db/connection';
import type { Keys } from '../../infra/keys/key-file';
import type { Log } from '../../infra/log';
import type { Bank } from '../../infra/providers/bank/client';
import type { Softpayment } from '../../infra/providers/softpayment/client';

export interface MoneyDeps {
  readonly db: Db;
  readonly redis: Redis;
  readonly keys: Keys;
  readonly pg: Softpayment;
  readonly bank: Bank;
  readonly clock: () => Date;
  readonly log: Log;
}
