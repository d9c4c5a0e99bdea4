/** Notices that cannot leave keep no deal: it ends as ever, and what was to be told leaves when it can. */
import { accountEnding } from '../fixtures/payer';
import { poll } from '../fixtures/poll';
import { type House, startHouse } from '../servers/house';
import type { Fault } from '../servers/sandboxes';

let house: House;
beforeAll(async () => {
  house = await startHouse();
});
afterEach(() => house.sandboxes.notices.setFaults());
afterAll(() => house.stop());

const [sms, mail] = [{ match: { path: '/send' } }, { match: { path: '/v2/email' } }];

test.each<[string, Fault[], string[]]>([
  ['SMS is refused', [{ fault: 'decline', ...sms }], ['sms']],
  ['e-mail is silent', [{ fault: 'timeout-before', ...mail }], ['email']],
  ['nothing can be sent at all', [{ fault: 'rate-limit' }], ['sms', 'email']],
])('while %s a deal is paid out, and a paid one is given back; the news follows, once', async (_, faults, struck) => {
  const payer = await house.payer();
  const chosen = { email_verified_at: new Date(), deal_news_channels: ['email', 'sms'] };
  await house.db('users').where({ id: payer.userId }).update(chosen);
  const [cardId, recipientId] = await Promise.all([payer.registerCard(), payer.addRecipient()]);
  await house.sandboxes.notices.setFaults(...faults);
  const { id, dealNo } = await payer.createDeal(recipientId, 10_000);
  await payer.confirm(id, cardId);
  await payer.waitForStatus(id, 'COMPLETED');
  const closed = await payer.createDeal(await payer.addRecipient(accountEnding('0201')), 10_000);
  await payer.confirm(closed.id, cardId);
  await payer.waitForStatus(closed.id, 'REFUNDED');
  const rows = () => house.db('notices').whereIn('deal_id', [id, closed.id]).orderBy('event').orderBy('channel');
  for (const { channel, sent_at } of await rows()) if (struck.includes(channel)) expect(sent_at).toBeNull();

  await house.sandboxes.notices.setFaults();
  const hurry = () =>
    house
      .db('notices')
      .whereIn('deal_id', [id, closed.id])
      .where({ sent_at: null, failed_at: null })
      .update({ next_attempt_at: new Date(0) });
  const left = await poll(
    async () => {
      await hurry();
      return rows();
    },
    (all) => all.every(({ sent_at, failed_at }) => sent_at ?? failed_at),
    { what: 'everything has left' },
  );
  const { phone, email } = payer.person;
  const texts = [...(await house.messagesTo(phone)), ...(await house.messagesTo(email))];
  const arrived = texts.filter((text) => text.includes(dealNo) || text.includes(closed.dealNo));
  expect(arrived).toHaveLength(left.filter(({ sent_at }) => sent_at !== null).length);
  // That the transfer failed was not told when the end could be. Silence is no answer: such a mail is not sent again.
  const over = left.filter(({ ended_reason }) => ended_reason === 'superseded');
  expect(over.filter(({ template, deal_id }) => template !== 'deal-failed' || deal_id !== closed.id)).toEqual([]);
  for (const { channel, ended_reason } of left
    .filter(({ sent_at }) => sent_at === null)
    .filter((row) => !over.includes(row)))
    expect([channel, ended_reason]).toEqual(['email', 'unknown']);
  const told = new Set(left.filter(({ sent_at }) => sent_at !== null).map(({ event }) => event));
  expect(left.filter((row) => !told.has(row.event) && !over.includes(row))).toEqual([]);
  expect([...told].filter((event) => /^deal-(completed|refunded):/.test(event))).toHaveLength(2);
});
