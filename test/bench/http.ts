/** A confirm as the payer's app sends it: through the API process, with a token and an Idempotency-Key. */
import { randomUUID } from 'node:crypto';
import { createSessions } from '../../api/payer/sessions';
import { openRedis } from '../../infra/redis';
import { dealWorkflowIdOf } from '../../workflows/domain/ids';
import { callApi } from '../fixtures/payer';
import type { Stand } from './stand';
import type { Play } from './windows';

/** Plays real deals over HTTP; signing in is not part of what is measured. */
export async function playHttp({ config, client, apiUrl }: Stand): Promise<Play> {
  const redis = await openRedis(config.redisUrl);
  const sessions = createSessions({ redis, config: { ...config, proxies: 0 }, clock: () => new Date() });
  return async ({ header, confirm }) => {
    const { accessToken } = await sessions.open(header.payerId);
    const { cardId, deviceId } = confirm;
    const headers = { authorization: `Bearer ${accessToken}`, 'idempotency-key': randomUUID() };
    const began = performance.now();
    const answer = await callApi(apiUrl, 'POST', `/v1/deals/${header.dealId}/confirm`, { cardId, deviceId }, headers);
    const tookMs = performance.now() - began;
    if (answer.status !== 200) throw new Error(`${header.dealNo}: ${answer.status} ${JSON.stringify(answer.body)}`);
    await client.workflow.getHandle(dealWorkflowIdOf(header.dealId)).result();
    return tookMs;
  };
}
