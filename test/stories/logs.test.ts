/** What the processes write about whole deals, at their most talkative: ids and codes, and nothing of a person. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { accountEnding, cardEnding, type Payer } from '../fixtures/payer';
import { poll } from '../fixtures/poll';
import { type ProcessHouse, startProcesses } from '../servers/processes';
import { testStack } from '../servers/stack';

let house: ProcessHouse;
beforeAll(async () => {
  house = await startProcesses({ LOG_LEVEL: 'debug' });
  await poll(
    async () => logs(),
    (text) => text.includes('worker ready') && text.includes('listening'),
    { what: 'both processes write, and are ready' },
  );
});
afterAll(() => house.stop());

/** What the processes of this run have written so far. */
const logs = (): string => readFileSync(join(testStack().dir, 'processes.log'), 'utf8');

async function deal(payer: Payer, account: string, end: string): Promise<string> {
  const { id } = await payer.createDeal(await payer.addRecipient(accountEnding(account)));
  await payer.confirm(id, await payer.registerCard(cardEnding('0101')));
  await payer.confirm(id, await payer.registerCard(cardEnding('0106')));
  await payer.waitForStatus(id, end);
  return id;
}

test('nothing personal is in the logs of deals that were declined, asked about, completed and refunded', async () => {
  const payer = await house.payer();
  const ids = await Promise.all([deal(payer, '0204', 'COMPLETED'), deal(payer, '0202', 'REFUNDED')]);
  await payer.call('POST', '/v1/recipients', { accountNumber: payer.secrets.at(-1), holderName: 7 });
  await payer.call('GET', `/v1/deals/${ids[0]}?phone=${payer.person.phone}`);
  const said = logs();
  for (const id of ids) expect(said).toContain(`deal-${id}`); // the worker's lines are among them
  expect(said).toContain('/v1/deals/'); // and the API's
  expect(payer.secrets.length).toBeGreaterThanOrEqual(13);
  for (const secret of payer.secrets) expect(said).not.toContain(secret);
});
