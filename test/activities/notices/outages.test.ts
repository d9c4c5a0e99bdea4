/** A channel that is down for an hour loses no news, and tells none twice. */
import { poll } from '../../fixtures/poll';
import { type Outbox, openOutbox } from './outbox';

let outbox: Outbox;
beforeAll(async () => {
  outbox = await openOutbox();
});
afterEach(async () => {
  await outbox.stopAll();
  await outbox.faults([]);
});
afterAll(() => outbox.close());

/** So often a notice is tried within an hour: after 1 s, 2 s, 4 s… and then every ten minutes. */
const TRIES_OF_AN_HOUR = 14;
const SILENCE_MS = 300;

interface Row {
  readonly id: string;
  readonly event: string;
  readonly channel: 'sms' | 'email';
  readonly attempts: number;
  readonly sent_at: Date | null;
  readonly failed_at: Date | null;
  readonly ended_reason: string | null;
  readonly params: { readonly dealNo: string };
}
const rowsOf = async (userIds: readonly string[]): Promise<Row[]> =>
  outbox.db('notices').whereIn('user_id', [...userIds]);
const isOpen = ({ sent_at, failed_at }: Row): boolean => sent_at === null && failed_at === null;

/** Every notice that waits is tried once, as if its time had come, and nobody is still at it. */
async function nextTries(userIds: readonly string[]): Promise<void> {
  const before = new Map((await rowsOf(userIds)).map(({ id, attempts }) => [id, attempts]));
  await Promise.all([...before.keys()].map((id) => outbox.hurry(id)));
  const dispatcher = outbox.start({ timeoutMs: SILENCE_MS });
  await poll(
    () => rowsOf(userIds),
    (rows) => rows.every((row) => !isOpen(row) || row.attempts > (before.get(row.id) ?? 0)),
    { what: 'a try of each' },
  );
  await dispatcher.stop();
}

const SEND = { match: { path: '/send' } };
const LIST = { match: { path: '/list' } };
const MAIL = { match: { path: '/v2/email' } };

test.each([
  ['SMS is refused', [{ fault: 'decline', ...SEND }]],
  [
    'Aligo is silent',
    [
      { fault: 'timeout-before', ...SEND },
      { fault: 'timeout-before', ...LIST },
    ],
  ],
  [
    'Aligo takes all and is not heard',
    [
      { fault: 'drop-after-commit', ...SEND },
      { fault: 'error-500', ...LIST },
    ],
  ],
  ['e-mail is refused', [{ fault: 'decline', ...MAIL }]],
  ['SES is silent', [{ fault: 'timeout-before', ...MAIL }]],
  ['SES takes all and is not heard', [{ fault: 'drop-after-commit', ...MAIL }]],
])('an hour in which %s: then each payer has had each news, once by each channel', async (_, faults) => {
  const payers = await Promise.all([
    outbox.payer({ chosen: ['sms'] }),
    outbox.payer({ verified: true, chosen: ['sms'] }),
    outbox.payer({ verified: true, chosen: ['email'] }),
    outbox.payer({ verified: true, chosen: ['email', 'sms'] }),
  ]);
  const userIds = payers.map(({ userId }) => userId);
  await outbox.faults(faults);
  for (const payer of payers) await outbox.tell(payer);
  for (let n = 0; n < TRIES_OF_AN_HOUR; n++) await nextTries(userIds);
  await outbox.faults([]);
  for (let n = 0; n < 3 && (await rowsOf(userIds)).some(isOpen); n++) await nextTries(userIds);

  const rows = await rowsOf(userIds);
  expect(rows.filter(isOpen)).toEqual([]);
  const arrived = async ({ channel, params }: Row, { phone, email }: (typeof payers)[number]) =>
    (await outbox.textsTo(channel === 'sms' ? phone : email)).filter((text) => text.includes(params.dealNo)).length;
  for (const payer of payers) {
    const told = await outbox.db('notices').where({ user_id: payer.userId });
    expect(told.filter(({ sent_at }) => sent_at !== null).length).toBeGreaterThan(0);
    for (const row of told as Row[]) {
      const count = await arrived(row, payer);
      // What is called sent has arrived; what nobody knows of may have; what was given up has not. Nothing came twice.
      if (row.sent_at) expect(count).toBe(1);
      else if (row.ended_reason === 'unknown') expect(count).toBeLessThanOrEqual(1);
      else expect([row.ended_reason, count]).toEqual(['given-up', 0]);
    }
  }
});
