/** The pages of web/ as `npm start` builds them: once for each state of their sources, each in a folder of its own. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { failureFileOf, WEB_BUILD_LOG } from '../web-folder';
import { runToEnd } from './run-to-end';
import { filesIn } from './settings';

/** What makes the pages: a script of Node in the folder of the project. */
interface Builder {
  readonly script: string;
  argsFor(outDir: string): readonly string[];
}

const VITE: Builder = {
  script: 'node_modules/vite/bin/vite.js',
  argsFor: (outDir) => ['build', 'web', '--outDir', outDir, '--emptyOutDir'],
};
const LIMIT_MS = 10 * 60_000;
/** Without it a build is none. */
const FIRST_PAGE = join('payer', 'index.html');

/** What a build has of the system beside which it runs. */
interface Means {
  readonly say: (text: string) => void;
  readonly onSpawn: (name: string, pid: number) => void;
  /** The system stops. */
  readonly signal: AbortSignal;
  /** Where the pages are shown. */
  readonly url: string;
}

/** The pages of the sources as they are now. */
export interface WebBuild {
  /** Where they are, or will be: nothing else ever has this name. */
  readonly folder: string;
  isDone(): boolean;
  /** How they are when a build begins now, in a word or two; nothing when they are there. */
  state(): '' | 'being built' | 'not built';
  /**
   * Makes them, by a process of low priority, and removes those of other sources; says that they are there, or why
   * not. Resolves, never rejects, when that has ended. A system that stops ends it, and nothing is left of it.
   */
  run(means: Means): Promise<void>;
}

/** Reads the sources below `root`. That an earlier start could not build them is forgotten: this one may try again. */
export function webBuildOf(root: string, dataDir: string, builder = VITE): WebBuild {
  const files = filesIn(dataDir);
  const folder = join(files.web, keyOf(root, builder));
  rmSync(failureFileOf(folder), { force: true });
  const site: Site = { root, folder, logFile: files.log(WEB_BUILD_LOG), builder };
  const isDone = () => existsSync(folder);
  return {
    folder,
    isDone,
    state: () => (isDone() ? '' : hasScript(site) ? 'being built' : 'not built'),
    async run(means) {
      const startedAt = performance.now();
      const failure = await make(site, means)
        .catch(({ message }: Error) => fail(site, message, message))
        .catch(({ message }: Error) => message); // a full disk, for one
      if (means.signal.aborted) return;
      const seconds = Math.round((performance.now() - startedAt) / 1000);
      means.say(
        failure === null
          ? `pages built in ${seconds} s: ${means.url}`
          : `the app's pages are not built: ${failure}. Everything else runs.`,
      );
    },
  };
}

interface Site {
  readonly root: string;
  readonly folder: string;
  readonly logFile: string;
  readonly builder: Builder;
}

const hasScript = ({ root, builder }: Site): boolean => existsSync(join(root, builder.script));

/** Answers why there are no pages, or null; also when it was given up. */
async function make(site: Site, { onSpawn, signal }: Means): Promise<string | null> {
  const { root, folder, logFile, builder } = site;
  if (!hasScript(site)) {
    mkdirSync(dirname(logFile), { recursive: true });
    writeFileSync(logFile, `${builder.script} is missing: npm ci\n`);
    return fail(site, `${builder.script} is missing`, 'vite is missing, run "npm ci" and start again');
  }
  const draft = `${folder}.tmp`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(dirname(draft), { recursive: true });
  try {
    const run = await runToEnd({
      name: 'Web build',
      command: process.execPath,
      args: [builder.script, ...builder.argsFor(draft)],
      cwd: root,
      env: { ...process.env, NODE_ENV: 'production' },
      ...{ logFile, limitMs: LIMIT_MS, signal },
      onSpawn(name, pid) {
        onSpawn(name, pid);
        letOthersGoFirst(pid);
      },
    });
    if (signal.aborted) return null;
    if (run.kind !== 'ended') return fail(site, `it took longer than ${LIMIT_MS / 60_000} minutes`);
    if (!run.ok) return fail(site, run.lastLines);
    if (!existsSync(join(draft, FIRST_PAGE))) return fail(site, `it made no ${FIRST_PAGE}`);
    renameSync(draft, folder); // all of it at once: what is there is whole
    removeOthers(folder);
    return null;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Writes down for the API that there will be no pages. Answers what to say of it. */
function fail({ folder, logFile }: Site, lastWords: string, said?: string): string {
  mkdirSync(dirname(folder), { recursive: true });
  writeFileSync(failureFileOf(folder), `${lastWords}\n`);
  return said ?? `see ${logFile}, and try "npm run build:web"`;
}

function letOthersGoFirst(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // it has ended already
  }
}

function removeOthers(folder: string): void {
  for (const name of readdirSync(dirname(folder))) {
    if (name !== basename(folder)) rmSync(join(dirname(folder), name), { recursive: true, force: true });
  }
}

/** SHA-256 of what the pages are made of, and of how. */
function keyOf(root: string, builder: Builder): string {
  const hash = createHash('sha256').update(JSON.stringify([builder.script, builder.argsFor('')]));
  const sources = [
    ...filesBelow(root, 'web', ['native', 'dist']), // the apps around the pages, and what a build by hand makes
    ...filesBelow(root, join('workflows', 'domain')),
    'package-lock.json',
    'tsconfig.json', // which that of web/ extends
  ];
  for (const file of sources) {
    const content = readFileSync(join(root, file));
    hash.update(`\n${JSON.stringify([file, content.length])}\n`).update(content);
  }
  return hash.digest('hex');
}

/** Every file below a folder, in an order that is the same everywhere, without packages and the entries `except`. */
function filesBelow(root: string, folder: string, except: readonly string[] = []): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true }).filter(
    ({ name }) => name !== 'node_modules' && !except.includes(name),
  );
  return entries
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(root, path) : entry.isFile() ? [path] : [];
    });
}
