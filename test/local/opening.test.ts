/** The money of the sandbox bank is booked at a start as everywhere: the maker asks, the checker approves, and once. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { STEP_MS } from '../../api/operator/totp';
import { type TestDatabase, testDatabase } from '../servers/database';
import { compiled } from '../servers/programs';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

test('the opening balance of a local system is given by two, and once however often it is started', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'plic-opening-'));
  const env = { PATH: process.env.PATH ?? '', DATABASE_URL: database.url, PLIC_DATA_DIR: folder };
  const step = (script: string, ...args: string[]) =>
    execFileSync(process.execPath, [compiled(`workers/commands/${script}.ts`), ...args], {
      ...{ cwd: join(__dirname, '../..'), stdio: 'pipe' },
      env: { ...env, PLIC_KEY_FILE: join(folder, 'master.key') },
    });
  const opening = ['--amount', '5000000', '--reference', 'OPENING', '--at', '2026-03-02T10:00:00+09:00'];
  for (let start = 0; start < 2; start++) {
    step('make-local-operators');
    step('book-local-opening', ...opening, '--reason', 'the sandbox bank was opened with it');
  }
  expect(await database.db('owner_funds').select('reference', 'amount', 'actor')).toEqual([
    { reference: 'OPENING', amount: '5000000', actor: 'operator:maker' },
  ]);
  const [request] = await database.db('operator_requests as r').join('admin_users as u', 'u.id', 'r.checker_id');
  expect(request).toMatchObject({ standing: 'DONE', handle: 'checker' });
  // However lately a start, or another log-in, has used the code of the moment.
  const used = Math.floor(Date.now() / STEP_MS);
  await database.db('admin_users').update({ totp_last_step: used });
  expect(`${step('operator', 'login', 'checker', '--local')}`).toMatch(/checker \(admin\) is logged in here/);
});
