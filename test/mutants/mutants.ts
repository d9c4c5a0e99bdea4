/**
 * Planted bugs, one patch each: `git diff` text below a header of three lines, `Invariant: I2`, `Bug: …` and
 * `Tests: <file> -t "…"`, the narrowest arguments of `npm test` that notice it.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const PATCH = /[.]patch$/;

/** Test files, and what is in the names of the tests meant (a regular expression, as `-t` takes it). */
export interface TestChoice {
  readonly files: readonly string[];
  readonly pattern: string;
}

export interface Mutant {
  readonly name: string;
  /** The invariant that the bug breaks, e.g. `I2`. */
  readonly invariant: string;
  /** What the code does wrong, in one sentence. */
  readonly bug: string;
  readonly tests: TestChoice;
  /** The files that it changes. */
  readonly touches: readonly string[];
  readonly patch: string;
}

/** The mutants of a folder, by name. Throws when a patch lacks a line of its header. */
export function readMutants(dir: string): Mutant[] {
  const patches = readdirSync(dir).filter((file) => PATCH.test(file));
  return patches.sort().map((file) => readMutant(join(dir, file)));
}

function readMutant(patch: string): Mutant {
  const text = readFileSync(patch, 'utf8');
  const [header = ''] = text.split(/^diff --git /m);
  const line = (key: string): string => {
    const found = header.match(new RegExp(`^${key}: (.+)$`, 'm'))?.[1];
    if (!found) throw new Error(`${patch}: its header has no line "${key}: …"`);
    return found.trim();
  };
  return {
    name: basename(patch).replace(PATCH, ''),
    invariant: line('Invariant'),
    bug: line('Bug'),
    tests: readTests(line('Tests')),
    touches: [...text.matchAll(/^\+\+\+ b\/(.+)$/gm)].map(([, file = '']) => file),
    patch,
  };
}

function readTests(text: string): TestChoice {
  const [, files = '', pattern = ''] = text.match(/^(.+?) -t "(.+)"$/) ?? [];
  if (pattern === '') throw new Error(`"${text}" does not say which tests: it is <file> -t "<part of a name>"`);
  return { files: files.split(' '), pattern };
}

/** Why the patch does not apply to the tree at `root`, as its files are now; null when it does. */
export function misfitOf({ patch }: Mutant, root: string): string | null {
  try {
    gitApply(root, ['--check', patch]);
    return null;
  } catch (error) {
    return String((error as { stderr?: Buffer }).stderr ?? error).trim();
  }
}

/** Plants the bug in a copy; the returned function takes it out again. */
export function plant({ patch }: Mutant, copy: string): () => void {
  gitApply(copy, [patch]);
  return () => gitApply(copy, ['--reverse', patch]);
}

/** The tree may be a repository or a bare copy, but is never looked for in a repository around it: git would skip its files. */
function gitApply(root: string, args: readonly string[]): void {
  const env = { ...process.env, GIT_CEILING_DIRECTORIES: dirname(root) };
  execFileSync('git', ['apply', ...args], { cwd: root, env, stdio: 'pipe' });
}
