/** An operator at work over `/v1/admin`, as anybody with curl would be. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { STEP_MS, totpNow } from '../../api/operator/totp';
import type { LocalOperator } from '../../workers/commands/local-operators';
import { type Answer, callApi } from '../fixtures/payer';

interface Given {
  readonly requestId?: string;
}

export interface Staff {
  get<T>(path: string): Promise<T>;
  /** Gives an order of the deal; answers with the request that another person is to approve, if it needs one. */
  order(dealNo: string, name: string, input: object): Promise<string | undefined>;
  approve(requestId: string): Promise<Answer>;
}

/** Logs in; a code counts once, and the first start may just have used this half minute's, or the next one's. */
export async function logIn(apiUrl: string, { handle, password, totpSecret }: LocalOperator): Promise<Staff> {
  const enter = (aheadMs = 0) => {
    const proof = { handle, password, totpCode: totpNow(totpSecret, new Date(Date.now() + aheadMs)) };
    return callApi<{ token: string }>(apiUrl, 'POST', '/v1/admin/sessions', proof);
  };
  let answer = await enter();
  if (answer.status === 401) {
    await delay(STEP_MS - (Date.now() % STEP_MS)); // wrong tries are counted: the code after the next, and once
    answer = await enter(STEP_MS);
  }
  const { status, body } = answer;
  if (status !== 201) throw new Error(`${handle} cannot log in: ${status} ${JSON.stringify(body)}`);
  const headers = { authorization: `Bearer ${body.token}` };
  const post = async <T>(path: string, input: object): Promise<Answer<T>> => {
    const answer = await callApi<T>(apiUrl, 'POST', `/v1/admin/${path}`, input, {
      ...{ ...headers, 'idempotency-key': randomUUID() },
    });
    if (answer.status >= 300) throw new Error(`${handle}: ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer;
  };
  return {
    get: async <T>(path: string) => (await callApi<T>(apiUrl, 'GET', `/v1/admin/${path}`, undefined, headers)).body,
    async order(dealNo, name, input) {
      const { body: given } = await post<Given>(`deals/${dealNo}/orders/${name}`, input);
      return given.requestId;
    },
    approve: (requestId) => post(`requests/${requestId}/approve`, { reason: 'seen at the provider, too' }),
  };
}
