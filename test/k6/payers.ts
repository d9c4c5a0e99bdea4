/** Payers who confirm one deal each, all at once, over HTTP (confirm.mjs). */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Sessions } from '../../api/payer/sessions';
import type { ReadyDeal } from '../bench/deals';
import type { Stand } from '../bench/stand';

/** One answer of the API; status 0: there was none. */
export interface ConfirmAnswer {
  readonly status: number;
  /** From the first byte sent to the last one read, ms. */
  readonly tookMs: number;
}

export interface Hall {
  readonly stand: Stand;
  readonly sessions: Sessions;
  /** The k6 program. */
  readonly k6: string;
  /** For the files between k6 and us. */
  readonly folder: string;
}

/** Resolves when all have their answer. */
export async function confirmAtOnce(
  { stand, sessions, k6, folder }: Hall,
  deals: readonly ReadyDeal[],
): Promise<ConfirmAnswer[]> {
  const [input, output] = [join(folder, `${randomUUID()}.json`), join(folder, `${randomUUID()}.jsonl`)];
  const payers = await Promise.all(
    deals.map(async ({ header, confirm }) => ({
      ...{ dealId: header.dealId, cardId: confirm.cardId, key: randomUUID() },
      accessToken: (await sessions.open(header.payerId)).accessToken,
    })),
  );
  writeFileSync(input, JSON.stringify(payers));
  const quiet = ['--quiet', '--no-summary', '--no-usage-report', '--address', '127.0.0.1:0', '--out', `json=${output}`];
  const what = ['-e', `DEALS=${input}`, '-e', `API_URL=${stand.apiUrl}`, join(__dirname, 'confirm.mjs')];
  await promisify(execFile)(k6, ['run', ...quiet, ...what]);
  return readFileSync(output, 'utf8').split('\n').filter(Boolean).flatMap(answerOf);
}

/** k6 writes one line for each measure of each request, and lines that say what the measures are. */
function answerOf(line: string): ConfirmAnswer[] {
  const { type, metric, data } = JSON.parse(line);
  if (type !== 'Point' || metric !== 'http_req_duration') return [];
  return [{ status: Number(data.tags.status), tookMs: data.value }];
}
