/** Emulators of AWS KMS: moto, by pip, which plays S3 too (s3.ts), and local-kms, built with Go, which alone knows disabled keys. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { goInstall } from '../../infra/local/go-install';
import { freePort } from '../../infra/local/ports';
import { spawnServer, waitUntilReady } from '../../infra/local/server-process';
import { cachedTool } from '../../infra/local/tool-cache';
import { pipTool } from './pip-tool';

const silently = () => undefined;
const REGION = 'ap-northeast-2';
const READY_WITHIN_MS = 60_000;

export interface Kms {
  readonly url: string;
  /** For what the house has no word for: keys are made, disabled, … */
  readonly client: KMSClient;
  newKey(): Promise<string>;
  stop(): Promise<void>;
}

type OnSpawn = (name: string, pid: number) => void;

async function running(
  name: string,
  dir: string,
  how: (port: number) => Promise<Command>,
  onSpawn?: OnSpawn,
): Promise<Kms> {
  const port = await freePort();
  mkdirSync(dir, { recursive: true });
  const server = await spawnServer({
    name,
    logFile: join(dir, `${name}.log`),
    ...(onSpawn && { onSpawn }),
    ...(await how(port)),
  });
  const url = `http://127.0.0.1:${port}`;
  const credentials = { accessKeyId: 'emulated', secretAccessKey: 'emulated' };
  const client = new KMSClient({ region: REGION, endpoint: url, credentials });
  await waitUntilReady(server, () => fetch(url), READY_WITHIN_MS);
  return {
    ...{ url, client },
    newKey: async () => (await client.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '',
    async stop() {
      client.destroy();
      await server.stop();
    },
  };
}

interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** It keeps all keys in memory. `onSpawn` is told of its process. */
export const startMoto = (dir: string, onSpawn?: OnSpawn): Promise<Kms> =>
  running(
    'moto',
    dir,
    async (port) => {
      const requirements = join(__dirname, '../kms/requirements.txt');
      const { python, packages } = await pipTool({
        ...{ name: 'moto', requirements },
        ...{ logFile: join(dir, 'pip.log'), say: silently },
      });
      return { command: python, args: ['-m', 'moto.server', '-p', `${port}`], env: { PYTHONPATH: packages } };
    },
    onSpawn,
  );

const LOCAL_KMS = {
  what: 'local-kms',
  module: 'github.com/nsmithuk/local-kms',
  version: '0.0.0-20260228092603-2a5e92d09ab6',
  program: 'local-kms',
};

export const startLocalKms = (dir: string): Promise<Kms> =>
  running('local-kms', dir, async (port) => {
    const command = await cachedTool({
      ...{ what: LOCAL_KMS.what, name: `local-kms-${LOCAL_KMS.version}`, logName: 'local-kms.log' },
      ways: [{ name: 'Go', get: (place) => goInstall(place, LOCAL_KMS) }],
      ...{ waysOut: 'Install Go.', environment: process.env, say: silently },
    });
    return { command, args: [], env: { PORT: `${port}`, KMS_DATA_PATH: dir, REGION } };
  });
