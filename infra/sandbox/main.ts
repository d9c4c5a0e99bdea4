import { startBank } from './bank';
import { startNotices } from './notices';
import type { RunningSandbox, SandboxOptions } from './sandbox';
import { BadSetting, HELP, readSettings, type Settings } from './settings';
import { startSoftpayment } from './softpayment';

const SERVICES: readonly [
  keyof Settings,
  label: string,
  start: (options: SandboxOptions) => Promise<RunningSandbox>,
][] = [
  ['softpayment', 'Softpayment', startSoftpayment],
  ['bank', 'bank', startBank],
  ['notices', 'notices', startNotices],
];

/** Starts the three sandboxes and runs until SIGINT or SIGTERM. */
async function main(): Promise<void> {
  const running: RunningSandbox[] = [];
  const closeAll = () => Promise.all(running.splice(0).map((sandbox) => sandbox.close()));
  try {
    const settings = readSettings(process.argv.slice(2), process.env);
    if (settings === 'help') {
      process.stdout.write(HELP);
      return;
    }
    for (const [name, label, start] of SERVICES) {
      const sandbox = await start(settings[name]).catch((error) =>
        Promise.reject(explain(error, name, label, settings)),
      );
      running.push(sandbox);
    }
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, closeAll);
    SERVICES.forEach(([, label], index) => {
      process.stdout.write(`${label} sandbox ready: ${running[index]?.url}\n`);
    });
  } catch (error) {
    await closeAll();
    process.stderr.write(`${error instanceof BadSetting ? error.message : (error as Error).stack}\n`);
    process.exitCode = 1;
  }
}

function explain(error: NodeJS.ErrnoException, name: keyof Settings, label: string, settings: Settings): Error {
  if (error.code !== 'EADDRINUSE') return error;
  const { host, port } = settings[name];
  const ways = `set ${name.toUpperCase()}_PORT or --${name}-port`;
  return new BadSetting(`${label} sandbox: port ${port} on ${host} is in use; ${ways}`);
}

void main();
