import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

test('what names a person or a secret is left out of the log, whoever passes it', () => {
  const personal = ['phone', 'email', 'name', 'holderName', 'bankHolderName', 'confirmedName', 'nickname'];
  const secret = ['accountNumber', 'memo', 'billingKey', 'password', 'token'];
  const line = Object.fromEntries([...personal, ...secret].map((key) => [key, '비밀']));
  const program = `require('./infra/log').createLog('test').info(${JSON.stringify({ ...line, body: line, id: 7 })})`;
  const written = execFileSync(process.execPath, ['--import', 'tsx', '-e', program], {
    cwd: join(__dirname, '../..'),
    encoding: 'utf8',
  });
  expect(JSON.parse(written)).toMatchObject({ id: 7, body: {} });
  expect(written).not.toContain('비밀');
});
