import { type AddressInfo, createServer } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import { connectionOptions } from '../../../infra/temporal/client';
import { clientOptionsOf } from '../../../infra/temporal/options';
import { poll } from '../../fixtures/poll';

test('a call that waits to be repeated ends when its connection is closed, and throws at nobody else', async () => {
  let knocks = 0;
  const nobody = createServer((socket) => {
    knocks += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => nobody.listen(0, '127.0.0.1', resolve));
  const { port } = nobody.address() as AddressInfo;
  const connection = Connection.lazy(connectionOptions({ address: `127.0.0.1:${port}` }, 1_000));
  const asked = new Client({ connection, ...clientOptionsOf('default', null) }).workflow.getHandle('nobody').describe();
  const ended = asked.then(
    () => 'answered',
    () => 'ended',
  );
  await poll(
    async () => knocks,
    (count) => count >= 2,
    { what: 'the call is repeated' },
  );
  await connection.close();
  expect(await ended).toBe('ended');
  await new Promise((resolve) => nobody.close(resolve));
});
