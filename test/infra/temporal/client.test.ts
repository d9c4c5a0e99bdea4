import { type AddressInfo, createServer } from 'node:net';
import { Client, Connection, ScheduleNotFoundError } from '@temporalio/client';
import { askSchedule, connectionOptions, scheduleNamed } from '../../../infra/temporal/client';
import { clientOptionsOf } from '../../../infra/temporal/options';
import { bareNamespace } from '../../fixtures/namespace';
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

test('a Schedule that leaves a question unanswered is asked again; one that there is not is not', async () => {
  const client = await bareNamespace();
  try {
    const [before, none] = [Date.now() - 1_000, client.schedule.getHandle('none')];
    let asked = 0;
    const silentTwice = () => {
      asked += 1;
      const { connection, schedule } = client;
      return asked <= 2
        ? connection.withDeadline(before, () => none.describe())
        : schedule.getHandle('none').describe();
    };
    await expect(askSchedule(client, silentTwice)).rejects.toThrow(ScheduleNotFoundError);
    expect(asked).toBe(3);
    expect(await scheduleNamed(client, 'none')).toBeNull();
    const silent = jest.fn(() => client.connection.withDeadline(before, () => none.describe()));
    await expect(askSchedule(client, silent)).rejects.toThrow();
    expect(silent.mock.calls.length).toBeGreaterThan(2);
  } finally {
    await client.connection.close();
  }
});
