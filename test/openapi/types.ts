/**
 * `npm run api:types`: makes web/shared/api.d.ts anew from the OpenAPI document. `-- --check` writes nothing, and ends
 * with 1 when the file is not what would be made. The maker comes through npm for the moment alone: it does not run
 * with the TypeScript of this house.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { documentText, headOf, TYPES_FILE } from './document';

const PACKAGES = ['--package=openapi-typescript@7.13.0', '--package=typescript@5.9.3'];
const MAKER = ['exec', '--yes', ...PACKAGES, '--', 'openapi-typescript'];

function typesOf(document: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'plic-api-types-'));
  try {
    const [from, to] = [join(dir, 'document.json'), join(dir, 'api.d.ts')];
    writeFileSync(from, document);
    const { status } = spawnSync('npm', [...MAKER, from, '-o', to], {
      cwd: dir,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    if (status !== 0) throw new Error(`openapi-typescript ended with ${status}`);
    return headOf(document) + readFileSync(to, 'utf8');
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const types = typesOf(documentText());
if (!process.argv.includes('--check')) writeFileSync(TYPES_FILE, types);
else if (readFileSync(TYPES_FILE, 'utf8') !== types) {
  process.stderr.write('web/shared/api.d.ts is not what the API makes: npm run api:types\n');
  process.exitCode = 1;
}
