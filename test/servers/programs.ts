/** The programs that tests start as processes: compiled once for the run, since each would spend half its start on that. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { testStack } from './stack';

const ROOT = join(__dirname, '../..');
const SOURCES = ['activities', 'api', 'db', 'infra', 'workers', 'workflows', 'test/faults'];

/** Compiles them into this folder, file by file and in the same places; answers with the folder. */
export async function compilePrograms(dir: string): Promise<string> {
  const outdir = join(dir, 'programs');
  await build({
    absWorkingDir: ROOT,
    entryPoints: [...SOURCES.map((folder) => `${folder}/**/*.ts`), 'infra/sandbox/pages/*'],
    loader: { '.js': 'copy', '.css': 'copy' },
    ...{ outdir, outbase: ROOT, platform: 'node', format: 'cjs', target: 'es2022', logLevel: 'warning' },
  });
  symlinkSync(join(ROOT, 'node_modules'), join(outdir, 'node_modules'));
  return outdir;
}

/** What node is to run for this source file, as `workers/main.ts`. */
export const compiled = (source: string): string => join(testStack().programs, source.replace(/\.ts$/, '.js'));

/** The same, under the launcher that lets it die at a failpoint. */
export const underFailpoints = (source: string): string[] => [compiled('test/faults/failpoints.ts'), compiled(source)];
