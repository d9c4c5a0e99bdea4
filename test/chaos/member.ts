/** One process of the house that is started again whenever it ends, as a container service would, armed anew each time. */
import { setTimeout as delay } from 'node:timers/promises';
import { type ServerProcess, signalGroup, spawnServer } from '../../infra/local/server-process';
import { ARMED_AFTER_VARIABLE, ARMS_VARIABLE, type Arm, formatArms } from '../faults/failpoint-names';
import type { MemberName } from './plan';

/** A dead process is missed for so long, ms. */
const REVIVE_AFTER_MS = 300;
/** The heap of a process, MB: one that runs out of memory does so in a second, and leaves the machine alone. */
const HEAP_MB = 512;
/** What dies again within this time is started more slowly, ms. */
const FAST_DEATH_MS = 2_000;

export interface Member {
  readonly name: MemberName;
  /** How often it was started. */
  starts(): number;
  kill(): void;
  freeze(): void;
  /** It takes memory until V8 ends it. */
  hoard(): void;
  thaw(): void;
  /** SIGTERM; resolves with how the old process ended, once a new one was started. */
  replace(): Promise<string>;
  /** No life after the present one; ends that too. */
  stop(): Promise<void>;
}

export interface MemberOptions {
  readonly name: MemberName;
  readonly script: 'workers/main.js' | 'api/main.js';
  /** The transpiled house. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  readonly onSpawn: (name: string, pid: number) => void;
  /** Each life does its work for so long before it may die there, ms. */
  readonly armedAfterMs: number;
  /** Where this life is to die. */
  armsOf(name: MemberName): readonly Arm[];
}

export async function startMember(options: MemberOptions): Promise<Member> {
  const { name, armsOf } = options;
  let starts = 0;
  let stopping = false;
  let current = await live();
  const living = liveOn();

  function live(): Promise<ServerProcess> {
    starts++;
    return spawnServer({
      ...{ name, cwd: options.cwd, logFile: options.logFile, onSpawn: options.onSpawn },
      env: {
        ...options.env,
        [ARMS_VARIABLE]: formatArms(armsOf(name)),
        [ARMED_AFTER_VARIABLE]: `${options.armedAfterMs}`,
      },
      command: process.execPath,
      args: [`--max-old-space-size=${HEAP_MB}`, 'test/faults/failpoints.js', options.script],
    });
  }

  async function liveOn(): Promise<void> {
    for (;;) {
      const bornAt = Date.now();
      await current.exited;
      if (stopping) return;
      await delay(Date.now() - bornAt < FAST_DEATH_MS ? FAST_DEATH_MS : REVIVE_AFTER_MS);
      if (stopping) return;
      current = await live();
    }
  }

  return {
    name,
    starts: () => starts,
    kill: () => current.kill(),
    hoard: () => signalGroup(current.pid, 'SIGUSR2'),
    freeze: () => signalGroup(current.pid, 'SIGSTOP'),
    thaw: () => signalGroup(current.pid, 'SIGCONT'),
    async replace() {
      const old = current;
      signalGroup(old.pid, 'SIGTERM'); // one that has just died is replaced all the same
      return old.exited;
    },
    async stop() {
      stopping = true;
      await current.stop();
      await living;
    },
  };
}
