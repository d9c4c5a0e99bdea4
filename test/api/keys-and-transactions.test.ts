/** Keys may have to be asked of KMS, for seconds: nobody holds a transaction, and its locks, meanwhile. */
import { placeOf } from '../../db/encrypted-columns';
import { beginRotation } from '../../db/hash-rotation';
import type { Keys } from '../../infra/keys/keys';
import { type SignedUp, signUpWith } from '../fixtures/account';
import { type BareApi, startBareApi } from './bare-api';

let api: BareApi;
let member: SignedUp;
/** Transactions that were open, of each question for a key. */
let open: number[];

const openTransactions = async (): Promise<number> => {
  const { rows } = await api.deps.db.raw(
    `select count(*)::int as n from pg_stat_activity
     where datname = current_database() and state like 'idle in transaction%'`,
  );
  return rows[0].n;
};

/** Counts the open transactions whenever a key is asked for. */
function watch(keys: Keys): void {
  const { encryption, decrypt } = keys;
  keys.encryption = async () => {
    open.push(await openTransactions());
    return encryption();
  };
  keys.decrypt = async (...asked) => {
    open.push(await openTransactions());
    return decrypt(...asked);
  };
}

beforeAll(async () => {
  api = await startBareApi();
  watch(api.deps.keys);
});
afterAll(() => api.stop());
let last = 0;
beforeEach(async () => {
  open = [];
  member = await signUpWith(api, `0104455${(++last).toString().padStart(4, '0')}`);
  expect(open.length).toBeGreaterThan(0);
  open = [];
});

const expectNoneOpen = () => expect([...new Set(open)]).toEqual([0]);

test('an e-mail is changed under no transaction that waits for a key', async () => {
  const { db, keys } = api.deps;
  const email = `other-${member.email}`;
  const { password } = member;
  expect((await member.call('POST', '/v1/users/me/email', { email, password })).status).toBe(202);
  const mail = await db('notices').where({ template: 'email-code' }).orderBy('created_at', 'desc').first();
  const code = await keys.decrypt(mail.secret_encrypted, placeOf('noticeSecret', mail.id));
  const changed = await member.call('POST', '/v1/users/me/email/verify', { code });
  expect(changed).toMatchObject({ status: 200, body: { email } });
  expectNoneOpen();
});

test('a membership, and the keys of its cards, end under no transaction that waits for a key', async () => {
  const card = { billingKey: 'bill_keys_and_transactions', maskedNumber: '433012******0001', issuer: '신한카드' };
  expect((await member.call('POST', '/v1/cards', card)).status).toBe(201);
  open = [];
  expect((await member.call('POST', '/v1/users/me/withdrawal', { password: member.password })).status).toBe(204);
  expectNoneOpen();
});

test('the next key of look-up hashes is made before anybody waits for its lock', async () => {
  const { db, keys } = api.deps;
  await beginRotation(db, (id) => keys.makeHashKey(placeOf('hashKey', `${id}`)));
  expectNoneOpen();
  expect(await db('hash_keys').orderBy('id').pluck('id')).toEqual([1, 2]);
});
