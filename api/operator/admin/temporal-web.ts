/** Where Temporal Web shows what operators read here; the way back is in each workflow's details. */
import { SEARCH_ATTRIBUTES } from '../../../workflows/deal/messages';
import type { WaitReason } from '../../../workflows/domain/deal-state';
import { type DealId, dealWorkflowIdOf } from '../../../workflows/domain/ids';
import type { ApiDeps } from '../../deps';

type Web = Pick<ApiDeps['config'], 'temporal' | 'temporalWebUrl'>;

const workflowsOf = ({ temporal, temporalWebUrl }: Web): string =>
  `${temporalWebUrl}/namespaces/${encodeURIComponent(temporal.namespace)}/workflows`;

/** The workflow of a deal. */
export const workflowUrlOf = (web: Web, dealId: string): string =>
  `${workflowsOf(web)}/${dealWorkflowIdOf(dealId as DealId)}`;

/** All that wait for this. */
export const waitingUrlOf = (web: Web, reason: WaitReason): string =>
  `${workflowsOf(web)}?query=${encodeURIComponent(`${SEARCH_ATTRIBUTES.waitReason.name}="${reason}"`)}`;
