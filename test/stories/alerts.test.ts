/** The whole house alerts operators, and a webhook that hangs holds nothing up. */
import { raise } from '../../db/operator-tasks';
import { callApi } from '../fixtures/payer';
import { poll } from '../fixtures/poll';
import { type House, startHouse } from '../servers/house';

let house: House;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house.stop());

const told = async () =>
  (await callApi<{ text: string }[]>(house.places.noticesUrl, 'GET', '/_sandbox/messages?to=operators')).body;

test('an alarm reaches operators with links; while their webhook hangs a deal completes, its payer hears of it, and nothing is lost', async () => {
  const { appDb, places } = house;
  const hanging = { faults: [{ fault: 'timeout-before', match: { path: '/hooks/operators' }, times: 1 }] };
  await callApi(places.noticesUrl, 'PUT', '/_sandbox/faults', hanging);
  await raise(appDb, null, 'alarm', 'kms-unreachable', 'x'); // as the application writes it, with its rights alone
  const asked = () => house.db('operator_alert_kinds').where('attempts', '>', 0).first('reason');
  await poll(asked, (kind) => kind !== undefined, { what: 'the webhook is asked' });
  const payer = await house.payer();
  const { id } = await payer.createDeal(await payer.addRecipient());
  expect((await payer.confirm(id, await payer.registerCard())).status).toBe(200);
  await payer.waitForStatus(id, 'COMPLETED');
  const sent = () => house.db('notices').where({ deal_id: id }).whereNotNull('sent_at').first('id');
  await poll(sent, (notice) => notice !== undefined, { what: 'the payer is told' });
  const [message] = await poll(told, (texts) => texts.length > 0, { what: 'operators are alerted' });
  expect(message?.text).toMatch(
    /^\[PLIC\] Alarm kms-unreachable\n.*\nhttp.*\/v1\/admin\/tasks\nRunbook: \S+#tasks-beside/,
  );
});
