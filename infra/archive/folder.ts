/** The archive of one machine: a folder, in which nothing freezes. */
import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ArchiveStore } from '../../workflows/domain/archive';

const isOfCode = (error: unknown, code: string): boolean => (error as { code?: unknown } | null)?.code === code;

export function openFolderArchive(folder: string): ArchiveStore {
  async function read(key: string): Promise<Buffer | null> {
    try {
      return await readFile(join(folder, key));
    } catch (error) {
      if (isOfCode(error, 'ENOENT')) return null;
      throw error;
    }
  }
  return {
    read,
    async put(key, bytes) {
      const file = join(folder, key);
      await mkdir(dirname(file), { recursive: true });
      // Written aside, then linked: a file of this name is whole, and the first one stays.
      const draft = `${file}.${randomUUID()}`;
      try {
        await writeFile(draft, bytes, { mode: 0o600, flush: true });
        await link(draft, file);
        return 'written';
      } catch (error) {
        if (!isOfCode(error, 'EEXIST')) throw error;
        return (await readFile(file)).equals(bytes) ? 'there' : 'other';
      } finally {
        await rm(draft, { force: true });
      }
    },
    async look(key) {
      const bytes = await read(key);
      if (bytes === null) return null;
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      return { bytes: bytes.length, sha256, standing: 'readable' };
    },
    restore: async () => undefined,
  };
}
