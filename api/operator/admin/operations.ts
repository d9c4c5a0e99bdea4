/** The admin API: search, lists, one deal whole, work queues, reveals; and what operators order. */
import type { ApiDeps } from '../../deps';
import type { Operation } from '../../http/operation';
import { actionOperations } from './action-routes';
import { adminBookOperations } from './books';
import { dealOrderOperations } from './deal-order-routes';
import { adminDealOperations } from './deals';
import { evidenceOperations } from './evidence-routes';
import { adminHouseOperations } from './house';
import { adminLegOperations } from './legs';
import { adminMemberOperations } from './members';
import { adminQueueOperations } from './queues';
import { adminRequestOperations } from './request-routes';
import { adminRevealOperations } from './reveals';
import { riskListOperations, riskSetOperations } from './risk-set-routes';
import { adminSearchOperations } from './search';
import { adminWatchOperations } from './watch';

/** Every read of operators. */
export const adminReadOperations = (deps: ApiDeps): Operation[] => [
  ...adminSearchOperations(deps),
  ...adminQueueOperations(deps),
  ...adminDealOperations(deps),
  ...adminMemberOperations(deps),
  ...adminLegOperations(deps),
  ...adminBookOperations(deps),
  ...adminWatchOperations(deps),
  ...adminHouseOperations(deps),
  ...adminRevealOperations(deps),
  ...adminRequestOperations(deps),
];

/** Every order of operators, with its preview, and the files that orders rest on. */
export const adminOrderOperations = (deps: ApiDeps): Operation[] => [
  ...dealOrderOperations(deps),
  ...actionOperations(deps),
  ...riskSetOperations(deps),
  ...riskListOperations(deps),
  ...evidenceOperations(deps),
];
