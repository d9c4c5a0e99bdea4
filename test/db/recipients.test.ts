import { randomUUID } from 'node:crypto';
import { addRecipient, keepVerified, readAccount } from '../../db/recipients';
import { insertPerson, SEALED } from '../fixtures/rows';
import { type TestDatabase, testDatabase } from '../servers/database';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

test('the name of an account that is known already is encrypted while nobody waits for the payer', async () => {
  const { db } = database;
  const { userId } = await insertPerson(db);
  const accountHashes = { odd: randomUUID(), even: null };
  const added = async (): Promise<string> => {
    const id = randomUUID();
    const account = { bankCode: '088', accountNumberEncrypted: SEALED, accountHashes, accountLast4: '1234' };
    await addRecipient(db, { ...account, id, userId, holderNameEncrypted: SEALED });
    return id;
  };
  const [first, second] = [await added(), await added()];
  const verify = (id: string, rename: (known: string) => Promise<string>) =>
    keepVerified(db, { id, userId }, rename, new Date());
  await verify(first, () => Promise.reject(new Error('there is no other yet')));
  await verify(second, async (known) => {
    await db.raw('select 1 from users where id = ? for update nowait', [userId]);
    return `of ${known}`;
  });
  expect((await readAccount(db, first)).holderNameEncrypted).toBe(`of ${first}`);
});
