/**
 * The code that a run's processes are started from: this checkout, transpiled once. A process that lives a few seconds would spend
 * two of them transpiling, and what is edited while a run is under way must not be what its next life runs.
 */
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transformFileSync } from '@swc/core';

const ROOT = join(__dirname, '../..');
const FOLDERS = ['activities', 'api', 'db', 'infra', 'workers', 'workflows', 'test/faults'];

/** The same choices as for the tests (jest.config.cjs). */
const OPTIONS = {
  jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
  module: { type: 'commonjs' },
} as const;

/** Transpiles the house into `dir`, which is made; answers with its path. `x.ts` becomes `x.js` in the same folder. */
export function transpileHouse(dir: string): string {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  );
  for (const file of files) {
    const target = join(dir, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, transformFileSync(join(ROOT, file), OPTIONS).code);
  }
  symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
  return dir;
}
