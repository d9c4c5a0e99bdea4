import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findExecutable } from '../../infra/local/executables';
import { goInstall } from '../../infra/local/go-install';
import { cachedTool } from '../../infra/local/tool-cache';

const VERSION = '1.8.1';
const SOURCE = { what: 'k6', module: 'go.k6.io/k6', version: VERSION, program: 'k6' };
const WAYS_OUT = `Put k6 v${VERSION} on the PATH, or install Go (https://go.dev/dl), and start again.`;

/** The path of k6: the one on the PATH if it is of this version, else the one in the user's cache folder, built once. Throws without Go. */
export async function k6(say: (what: string) => void): Promise<string> {
  const onPath = findExecutable('k6');
  if (onPath && (await isRightVersion(onPath))) return onPath;
  return cachedTool({
    ...{ what: `k6 ${VERSION}`, name: `k6-v${VERSION}`, logName: 'k6.log', waysOut: WAYS_OUT },
    ...{ ways: [{ name: 'Go', get: (place) => goInstall(place, SOURCE) }], environment: process.env, say },
  });
}

async function isRightVersion(file: string): Promise<boolean> {
  const { stdout } = await promisify(execFile)(file, ['version']);
  return stdout.includes(`v${VERSION} `);
}
