/** Open keys leave the memory of a process by themselves, also of one that nobody asks for anything. */
import { randomBytes } from 'node:crypto';
import { createEncryptingKey } from '../../../infra/keys/encrypting-key';
import type { MasterKey } from '../../../infra/keys/master-key';
import { createUnwrapped } from '../../../infra/keys/unwrapped';

const MINUTE = 60_000;
const clock = () => new Date();
const nothing = () => Promise.reject(new Error('not asked here'));

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('an idle process holds each opened key for 15 minutes, one used meanwhile too, and then none', async () => {
  const unwrap = async () => randomBytes(32);
  const master: MasterKey = { unwrap, wrap: nothing, rewrap: nothing, generateDataKey: nothing };
  const unwrapped = createUnwrapped({ master, clock });
  const find = async () => ({
    ...({ id: 'one', purpose: 'field', createdAt: clock() } as const),
    ...{ wrapped: Buffer.alloc(0), masterKeyId: 'memory' },
  });
  await unwrapped.open('one', find);
  jest.advanceTimersByTime(10 * MINUTE);
  await unwrapped.open('two', find);
  expect(unwrapped.opened('one')).toBeDefined();
  jest.advanceTimersByTime(5 * MINUTE - 1);
  expect(unwrapped.held()).toBe(2);
  jest.advanceTimersByTime(1);
  expect([unwrapped.held(), unwrapped.opened('two')]).toEqual([1, expect.any(Buffer)]);
  jest.advanceTimersByTime(10 * MINUTE);
  expect([unwrapped.held(), jest.getTimerCount()]).toEqual([0, 0]);
});

test('an idle process holds the key that it encrypts with for as long as an outage may need it: an hour from its birth', async () => {
  const take = async () => ({ id: 'one', key: randomBytes(32), createdAt: new Date(Date.now() - 2 * MINUTE) });
  const encrypting = createEncryptingKey({ take, clock });
  await encrypting.current();
  jest.advanceTimersByTime(58 * MINUTE - 1);
  expect(encrypting.last()?.id).toBe('one');
  jest.advanceTimersByTime(1);
  expect(encrypting.last()).toBeUndefined();
  expect((await encrypting.current()).id).toBe('one');
});
