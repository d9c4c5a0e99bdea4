import { ENCRYPTED_COLUMNS } from '../../db/encrypted-columns';
import { testDatabase } from '../servers/database';

test('every column of ciphertext has its place, and no place is of another column', async () => {
  const { db, drop } = await testDatabase();
  const columns = await db('information_schema.columns')
    .where({ table_schema: 'public' })
    .whereRaw(`column_name like '%\\_encrypted'`)
    .select('table_name', 'column_name');
  await drop();
  const places = Object.values(ENCRYPTED_COLUMNS).map(({ table, column }) => `${table}.${column}`);
  expect(places.sort()).toEqual(columns.map((row) => `${row.table_name}.${row.column_name}`).sort());
});
