/** What Temporal stores of us can be read with our key, as we wrote it, where we wrote it; or not at all. */
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { blindCodec, createCodec, isEncrypted } from '../../../infra/temporal/codec';
import { failureConverter } from '../../../infra/temporal/failure-converter';
import { TEST_DATA_KEYS } from '../../fixtures/data-keys';

const codec = createCodec(TEST_DATA_KEYS, 'plic');
const SECRET = '홍길동 11012345678901';
const clear = (): Payload => defaultPayloadConverter.toPayload({ holder: SECRET }) as Payload;
const meaningOf = (payload: Payload | undefined): unknown => payload && defaultPayloadConverter.fromPayload(payload);
const encrypted = async (): Promise<Payload> => (await codec.encode([clear()]))[0] as Payload;

test('a payload comes back as it was, and nothing of it is readable in between', async () => {
  const payload = await encrypted();
  const text = JSON.stringify(payload, (_key, value) =>
    value?.type === 'Buffer' ? Buffer.from(value).toString() : value,
  );
  expect(text).not.toContain(SECRET);
  expect(Object.keys(payload.metadata ?? {})).toEqual(['encoding', 'encryption-cipher', 'encryption-key-id']);
  expect((await codec.decode([payload])).map(meaningOf)).toEqual([{ holder: SECRET }]);
});

test('equal payloads do not look alike', async () => {
  expect(Buffer.from((await encrypted()).data ?? [])).not.toEqual(Buffer.from((await encrypted()).data ?? []));
});

test('what is encrypted is not encrypted again, and what is in the clear beside it is', async () => {
  const once = await encrypted();
  const [same, other] = await codec.encode([once, clear()]);
  expect(same).toBe(once);
  expect(other && isEncrypted(other)).toBe(true);
});

test('histories of before are in the clear, and are read as they are', async () => {
  expect((await codec.decode([clear()])).map(meaningOf)).toEqual([{ holder: SECRET }]);
});

test('a payload of another namespace, or under another key, is not opened', async () => {
  const payload = await encrypted();
  await expect(createCodec(TEST_DATA_KEYS, 'other').decode([payload])).rejects.toThrow();
  const renamed = { ...payload, metadata: { ...payload.metadata, 'encryption-key-id': Buffer.from('another') } };
  await expect(codec.decode([renamed])).rejects.toThrow();
});

test('one changed bit anywhere is noticed, and so is a missing end', async () => {
  const { metadata, data } = await encrypted();
  const bytes = Buffer.from(data ?? []);
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    await expect(codec.decode([{ metadata: metadata ?? {}, data: changed }])).rejects.toThrow();
  }
  for (const length of [0, 12, 27, bytes.length - 1])
    await expect(codec.decode([{ metadata: metadata ?? {}, data: bytes.subarray(0, length) }])).rejects.toThrow();
});

test('without keys nothing is sent in the clear: the call fails', async () => {
  const away = { current: () => Promise.reject(new Error('away')), byId: () => Promise.reject(new Error('away')) };
  await expect(createCodec(away, 'plic').encode([clear()])).rejects.toThrow('away');
});

test('a process without keys sends no payload, and sees none that is encrypted', async () => {
  await expect(blindCodec.encode([clear()])).rejects.toThrow('without a key');
  expect(await blindCodec.encode([])).toEqual([]);
  expect((await blindCodec.decode([await encrypted(), clear()])).map(meaningOf)).toEqual([
    undefined,
    { holder: SECRET },
  ]);
});

test('the message and the stack of a failure are a payload, which is encrypted as any other', () => {
  const failure = failureConverter.errorToFailure(new Error(SECRET), defaultPayloadConverter);
  expect([failure.message, failure.stackTrace]).toEqual(['Encoded failure', '']);
  expect(Buffer.from(failure.encodedAttributes?.data ?? []).toString()).toContain(SECRET);
});
