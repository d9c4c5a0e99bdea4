import { startBank } from './bank';
import { createClock } from './clock';
import { startIdentity } from './identity';
import { startNotices } from './notices';
import type { RunningSandbox, SandboxOptions } from './sandbox';
import { BadSetting, HELP, readSettings, type Service } from './settings';
import { startSoftpayment } from './softpayment';

const SERVICES: readonly [Service, label: string, start: (options: SandboxOptions) => Promise<RunningSandbox>][] = [
  ['softpayment', 'Softpayment', startSoftpayment],
  ['bank', 'bank', startBank],
  ['notices', 'notices', startNotices],
  ['identity', 'identity', startIdentity],
];

/** Starts the sandboxes and runs until SIGINT or SIGTERM. */
async function main(): Promise<void> {
  const running: RunningSandbox[] = [];
  const closeAll = () => Promise.all(running.splice(0).map((sandbox) => sandbox.close()));
  try {
    const settings = readSettings(process.argv.slice(2), process.env);
    if (settings === 'help') {
      process.stdout.write(HELP);
      return;
    }
    const clock = createClock(process.env.SANDBOX_CLOCK_URL || undefined);
    const ready: string[] = [];
    for (const [name, label, start] of SERVICES) {
      const options = settings[name];
      if (!options) continue;
      const sandbox = await start({ ...options, clock }).catch((error) =>
        Promise.reject(explain(error, name, label, options)),
      );
      running.push(sandbox);
      ready.push(`${label} sandbox ready: ${sandbox.url}\n`);
    }
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, closeAll);
    process.stdout.write(ready.join(''));
  } catch (error) {
    await closeAll();
    process.stderr.write(`${error instanceof BadSetting ? error.message : (error as Error).stack}\n`);
    process.exitCode = 1;
  }
}

function explain(error: NodeJS.ErrnoException, name: Service, label: string, { host, port }: SandboxOptions): Error {
  if (error.code !== 'EADDRINUSE') return error;
  const ways = `set ${name.toUpperCase()}_PORT or --${name}-port`;
  return new BadSetting(`${label} sandbox: port ${port} on ${host} is in use; ${ways}`);
}

void main();
