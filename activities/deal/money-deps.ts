/** What the money activities stand on; `workers/compose.ts` wires it. */
import type { Redis } from 'ioredis';
import type { Db } from '../../db/connection';
import type { Keys } from '../../infra/keys/keys';
import type { Log } from '../../infra/log';
import type { CardPg, TransferBank } from '../../workflows/domain/providers';

export interface MoneyDeps {
  readonly db: Db;
  readonly redis: Redis;
  readonly keys: Keys;
  readonly pg: CardPg;
  readonly bank: TransferBank;
  readonly clock: () => Date;
  readonly log: Log;
}
