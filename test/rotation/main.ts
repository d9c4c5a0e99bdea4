/**
 * Keys are changed while 500 deals run: every field is encrypted anew, by a command that is killed in the middle and
 * goes on, and every data key is wrapped by another master key of KMS. Exit code 1 when a deal does not end as it
 * should, a ciphertext does not open, something names a key of before, or `npm run check` finds a break.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateAliasCommand, UpdateAliasCommand } from '@aws-sdk/client-kms';
import { retireDataKeys } from '../../api/operator/data-keys';
import { fieldKeysBefore } from '../../db/data-keys';
import { outliveReader } from '../../infra/reader';
import { audit } from '../bench/audit';
import { prepareDeals } from '../bench/deals';
import { type Stand, startStand } from '../bench/stand';
import { settled } from '../bench/windows';
import { unreplayable } from '../chaos/replay';
import { bundleWorkflows } from '../chaos/system';
import { whatCheckFinds } from '../fixtures/clean-check';
import { type Kms, startMoto } from '../servers/kms';
import { say } from '../servers/say';
import { allEnded, confirmAll, holdTransfers, underWay } from './deals';
import { operatorOf, readAll, runKeys, sinceOf } from './keys';

const DEALS = 500;
/** The rotation begins when so many are confirmed: the others are while it goes on. */
const BEGINS_AT = DEALS / 2;
const ALIAS = 'alias/plic';
/** The rotation is killed when it says that it is there, which is in the middle: payers' cards are done, and no deal. */
const KILLED_AT = /bank_accounts\.account_number_encrypted: \d+ seen/;
const TWO_HOURS_MS = 2 * 3_600_000;

interface Turned {
  readonly facts: readonly string[];
  readonly faults: readonly string[];
}

const fault = (isWrong: boolean, words: string): string[] => (isWrong ? [words] : []);

/** From the first confirm to the last look. */
async function turnKeys(stand: Stand, kms: Kms, first: string, folder: string): Promise<Turned> {
  const { db } = stand;
  const deals = await prepareDeals(stand, DEALS);
  const operator = await operatorOf(stand);
  await holdTransfers(stand);
  const before = await fieldKeysBefore(db, new Date());
  await confirmAll(stand, deals.slice(0, BEGINS_AT));
  const others = confirmAll(stand, deals.slice(BEGINS_AT));
  others.catch(() => undefined); // it is waited for later

  const atFirst = await underWay(stand);
  const cut = await runKeys(operator, ['rotate-data'], KILLED_AT);
  say(`killed: ${cut.last}`);
  const goneOn = await runKeys(operator, ['rotate-data', '--since', sinceOf(cut)]);
  const next = await kms.newKey();
  await kms.client.send(new UpdateAliasCommand({ AliasName: ALIAS, TargetKeyId: next }));
  const rewrapped = await runKeys(operator, ['rewrap']);
  await others;
  const atLast = await underWay(stand);
  await allEnded(stand, deals);
  await settled(stand);

  say('every deal has ended: what was written under a key of before meanwhile');
  const again = await runKeys(operator, ['rotate-data']);
  const tooEarly = await runKeys(operator, ['retire-data']); // nobody waited two hours
  const { retired, inUse } = await retireDataKeys({ db }, new Date(Date.parse(sinceOf(again)) + TWO_HOURS_MS));
  const stillLive = await db('data_keys').whereIn('id', before).where({ retired_at: null }).pluck('id');
  const ofFirst = await db('data_keys').where({ master_key_id: first, retired_at: null }).pluck('id');
  const { read, shut } = await readAll(stand);
  const { replayed, failed } = await unreplayable({ ...stand, bundle: await bundleWorkflows(folder) });
  const commands = [goneOn, rewrapped, again, tooEarly];
  return {
    facts: [
      `${DEALS} deals: ${atFirst} under way when the rotation began, ${atLast} when all keys were wrapped anew`,
      `rotation killed at "${cut.last}", and gone on with`,
      `${read} ciphertexts read, ${replayed} histories replayed, ${retired} data keys retired`,
    ],
    faults: [
      ...commands.flatMap(({ code, text }) => fault(code !== 0, `a command ended with ${code}: ${text}`)),
      ...fault(cut.code === 0, 'the rotation was not killed: it had ended'),
      ...fault(
        !goneOn.text.includes('cards.billing_key_encrypted: 500 seen, 0 encrypted anew'),
        `begun anew: ${goneOn.text}`,
      ),
      ...fault(!tooEarly.text.includes('0 data keys are retired'), `retired too early: ${tooEarly.text}`),
      ...fault(stillLive.length > 0 || inUse > 0, `${stillLive.length} keys of before are live, ${inUse} in use`),
      ...fault(ofFirst.length > 0, `${ofFirst.length} data keys are wrapped by the master key of before`),
      ...[...shut, ...failed, ...(await audit(stand, deals)), ...(await whatCheckFinds(stand.env))],
    ],
  };
}

async function main(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'plic-rotation-'));
  const kms = await startMoto(folder);
  const first = await kms.newKey();
  await kms.client.send(new CreateAliasCommand({ AliasName: ALIAS, TargetKeyId: first }));
  const env = { KMS_KEY_ID: ALIAS, AWS_ENDPOINT_URL_KMS: kms.url };
  const stand = await startStand({ webhooks: true, workerFlags: [], say, env });
  const clear = async () => {
    await stand.clear();
    await kms.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => clear().finally(() => process.exit(1)));
  try {
    const { facts, faults } = await turnKeys(stand, kms, first, folder);
    for (const fact of facts) process.stdout.write(`${fact}\n`);
    for (const words of faults) process.stdout.write(`AMISS: ${words}\n`);
    process.stdout.write(`${faults.length} breaks\n`);
    return faults.length > 0 ? 1 : 0;
  } finally {
    await clear();
  }
}

outliveReader(process.stderr);
main().then(
  (code) => process.exit(code),
  (error: Error) => {
    process.stderr.write(`rotation: ${error.stack}\n`);
    process.exit(1);
  },
);
