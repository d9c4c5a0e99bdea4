/** A page of histories is many readings: the audit tells of the first before it is shown, and of all a minute later. */
import type { Operator } from '../../../db/admin-sessions';
import { createLog } from '../../../infra/log';
import { createReadings } from '../../../workers/codec/readings';

const MINUTE_MS = 60_000;
const SINCE = '2026-03-02T01:00:00.000Z';
const readerOf = (sessionId: string, address = '203.0.113.7') => ({
  operator: { sessionId, address, handle: sessionId } as Operator,
  mayEncode: true,
});
const KIM = readerOf('kim');

beforeEach(() => void jest.useFakeTimers({ now: new Date(SINCE) }));
afterEach(() => void jest.useRealTimers());

function stage() {
  const entries: object[] = [];
  const standing = { isDown: false };
  const readings = createReadings({
    clock: () => new Date(),
    log: createLog('test', 'silent'),
    async note({ handle, address }, what, shown) {
      if (standing.isDown) throw new Error('no room');
      entries.push({ handle, address, what, ...shown });
    },
  });
  const read = (reader = KIM, keyId = 'one', payloads = 2) =>
    readings.noted({ what: 'decode', reader, payloads, keyIds: [keyId] });
  return { entries, standing, readings, read };
}
const ofKim = { handle: 'kim', address: '203.0.113.7', what: 'decode' };

test('twenty readings of a session in a minute are two entries, which tell how much was shown in all', async () => {
  const { entries, read } = stage();
  await Promise.all(Array.from({ length: 20 }, (_, n) => read(KIM, n < 10 ? 'one' : 'two')));
  expect(entries).toEqual([{ ...ofKim, payloads: 2, keyIds: ['one'] }]);
  await jest.advanceTimersByTimeAsync(MINUTE_MS);
  expect(entries.slice(1)).toEqual([{ ...ofKim, inAll: 40, readings: 20, since: SINCE, keyIds: ['one', 'two'] }]);
  await read();
  await jest.advanceTimersByTimeAsync(MINUTE_MS);
  expect(entries.slice(2)).toEqual([{ ...ofKim, payloads: 2, keyIds: ['one'] }]);
});

test('each session, each address, and whatever is written has its own entry', async () => {
  const { entries, readings, read } = stage();
  await read();
  await read(readerOf('lee'));
  await read(readerOf('kim', '198.51.100.1'));
  for (const _ of [1, 2]) await readings.noted({ what: 'encode', reader: KIM, payloads: 1, keyIds: ['one'] });
  expect(entries).toHaveLength(5);
});

test('what cannot be noted is not shown, to nobody who waited for it either; what was counted is noted in the end', async () => {
  const { entries, standing, readings, read } = stage();
  standing.isDown = true;
  const refused = await Promise.allSettled([read(), read()]);
  expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  standing.isDown = false;
  await read();
  await read();
  standing.isDown = true;
  await jest.advanceTimersByTimeAsync(MINUTE_MS);
  expect(entries).toHaveLength(1);
  standing.isDown = false;
  await jest.advanceTimersByTimeAsync(MINUTE_MS);
  expect(entries.slice(1)).toMatchObject([{ inAll: 4, readings: 2 }]);
  await read();
  await read();
  await readings.close();
  expect(entries.slice(3)).toMatchObject([{ inAll: 4, readings: 2 }]);
});
