/**
 * Run by k6 (test/k6/main.ts): every payer of the file DEALS confirms one deal, all at the same moment. How long each answer took, and
 * its status, are the points that k6 writes.
 */

import { sleep } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';

const deals = JSON.parse(open(__ENV.DEALS));
/** Until the start, ms: every payer is ready by then. */
const LEAD_MS = 3_000;

export const options = {
  scenarios: { confirm: { executor: 'per-vu-iterations', vus: deals.length, iterations: 1, maxDuration: '2m' } },
};

export const setup = () => ({ startAt: Date.now() + LEAD_MS });

// k6 asks for a default export.
// biome-ignore lint/style/noDefaultExport: see above
export default function confirm({ startAt }) {
  const { dealId, cardId, accessToken, key } = deals[exec.vu.idInTest - 1];
  sleep((startAt - Date.now()) / 1_000);
  http.post(`${__ENV.API_URL}/v1/deals/${dealId}/confirm`, JSON.stringify({ cardId, deviceId: 'k6-device' }), {
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json', 'idempotency-key': key },
    timeout: '60s',
  });
}
