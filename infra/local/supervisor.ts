import { setTimeout as delay } from 'node:timers/promises';
import { type ServerCommand, type ServerProcess, spawnServer } from './server-process';

const FAST_DEATHS_MAX = 5;
const FAST_DEATH_MS = 5_000;

/** Keeps the processes of one system alive together, and ends them together. */
export interface Supervisor {
  /** Rejects when the system cannot go on; never resolves. */
  failed: Promise<never>;
  /** Takes over a server that everything depends on: its end is the end of the system. */
  watch(server: ServerProcess): void;
  /** Starts a process and, whenever it ends, starts it again; one that keeps dying at once ends the system. */
  keep(command: ServerCommand): Promise<{ pid(): number }>;
  /** Stops everything, last started first, each before the next. */
  stop(): Promise<void>;
  /** Ends everything now. */
  kill(): void;
}

export function createSupervisor(say: (text: string) => void): Supervisor {
  const members: { current: ServerProcess }[] = [];
  let stopping = false;
  let fail: (error: Error) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined); // whoever waits for it hears of it; nobody may be waiting yet

  /** One life of a kept process after another, until the system stops or the process proves hopeless. */
  async function relive(member: { current: ServerProcess }, command: ServerCommand): Promise<void> {
    for (let fastDeaths = 0; ; ) {
      const bornAt = Date.now();
      const how = await member.current.exited;
      if (stopping) return;
      fastDeaths = Date.now() - bornAt < FAST_DEATH_MS ? fastDeaths + 1 : 0;
      const died = `${command.name} (pid ${member.current.pid}) died: ${how}`;
      if (fastDeaths >= FAST_DEATHS_MAX) {
        throw new Error(`${died}, ${fastDeaths} times in a row right after its start:\n${member.current.lastLines()}`);
      }
      say(`${died}. Starting it again.`);
      await delay(fastDeaths > 1 ? 50 * 2 ** fastDeaths : 0);
      if (stopping) return;
      member.current = await spawnServer(command);
      say(`${command.name} runs again as pid ${member.current.pid}.`);
    }
  }

  return {
    failed,
    watch(server) {
      members.push({ current: server });
      void server.exited.then((how) => {
        if (!stopping)
          fail(new Error(`${server.name} (pid ${server.pid}) ended: ${how}. Its last lines:\n${server.lastLines()}`));
      });
    },
    async keep(command) {
      if (stopping) throw new Error(`the system is stopping: ${command.name} is not started`);
      const member = { current: await spawnServer(command) };
      members.push(member);
      relive(member, command).catch(fail);
      return { pid: () => member.current.pid };
    },
    async stop() {
      stopping = true;
      for (const member of members.toReversed()) await member.current.stop();
    },
    kill() {
      stopping = true;
      for (const member of members) member.current.kill();
    },
  };
}
