/** What `npm test` does for its files, for one command of its own: servers, a migrated database to clone, the bundled workflows. */
import { bundleWorkflows, prepareTemplate } from './ready-made';
import { startServers } from './servers';
import { publishStack } from './stack';

/** Runs `work` where houses can be started; the servers lie in `dir`, and end with it or with a signal. The caller removes `dir`. */
export async function onOwnStack<T>(dir: string, work: () => Promise<T>): Promise<T> {
  const { stop, ...servers } = await startServers(dir);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void stop().finally(() => process.exit(130)));
  try {
    const [template, bundlePath] = await Promise.all([prepareTemplate(servers.postgresUrl), bundleWorkflows(dir)]);
    publishStack({ ...servers, template, bundlePath, programs: dir, dir });
    return await work();
  } finally {
    await stop();
  }
}
