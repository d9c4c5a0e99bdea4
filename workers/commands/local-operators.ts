/** The operators that `npm start` made on this machine: it writes down what they prove themselves with. */
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { STEP_MS, totpNow } from '../../api/operator/totp';
import { localOperatorsFile } from '../../infra/config/local-environment';
import { write } from './deal-report';
import { Refused } from './orders';

/** The next code is heard so long before its time. */
const NEXT_IS_HEARD_MS = STEP_MS;

export interface LocalOperator {
  readonly handle: string;
  readonly role: string;
  readonly password: string;
  readonly totpSecret: string;
}

/**
 * What this operator proves themselves with. A code counts once, and the next one is heard half a minute before its
 * time: `usedStep` is the last that was used. Waits, and says so, while no other one is heard. Throws Refused.
 */
export async function localProof(
  handle: string,
  usedStep: number,
): Promise<{ readonly password: string; readonly totpCode: string }> {
  const file = localOperatorsFile();
  if (!existsSync(file)) throw new Refused(`there is no ${file}: "npm start" makes it`);
  const all: LocalOperator[] = JSON.parse(readFileSync(file, 'utf8'));
  const found = all.find((one) => one.handle === handle);
  if (!found) throw new Refused(`of this machine there are ${all.map((one) => one.handle).join(', ')}`);
  const waitMs = (usedStep + 1) * STEP_MS - NEXT_IS_HEARD_MS - Date.now();
  if (waitMs > 0) {
    write(`the code of this moment was used: the next one in ${Math.ceil(waitMs / 1_000)} s`);
    await delay(waitMs);
  }
  const at = new Date(Math.max(Date.now(), (usedStep + 1) * STEP_MS));
  return { password: found.password, totpCode: totpNow(found.totpSecret, at) };
}
