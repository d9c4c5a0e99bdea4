/** The data folder of a local system: one system at a time, and moved aside when this code cannot go on with it. */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { takeLock } from './lock';
import { endLeftovers } from './roster';
import { filesIn } from './settings';

/** Raised when what is in an older folder (database, open workflows, sandboxes) cannot be used any longer. */
const FORMAT = '5';

/**
 * Makes the folder when it is missing, takes its lock and ends what an earlier start left running. A folder of another
 * format is renamed, which is said, and an empty one takes its place; nothing is deleted. Throws when the folder is in
 * use, or cannot be renamed: then it is as it was.
 */
export async function takeFolder(dataDir: string, say: (text: string) => void): Promise<{ release(): void }> {
  mkdirSync(dataDir, { recursive: true });
  chmodSync(dataDir, 0o700);
  const files = filesIn(dataDir);
  const lock = await takeLock(files.lock);
  if ('ownerPid' in lock) {
    throw new Error(`another "npm start" (pid ${lock.ownerPid}) is running on ${dataDir}: use it, or stop it first`);
  }
  let aside: string;
  try {
    const ended = await endLeftovers(dataDir);
    if (ended.length > 0) say(`ended what an earlier start had left running: ${ended.join(', ')}`);
    if (isOfThisFormat(dataDir)) return lock;
    aside = moveAside(dataDir);
  } catch (error) {
    lock.release();
    throw error;
  }
  say(`${dataDir} is of another version, which this one cannot go on with: moved to ${aside}, starting afresh`);
  return takeFolder(dataDir, say);
}

/**
 * A folder in which no system has kept anything yet becomes one of this format. The first versions wrote none down, but
 * their secrets first of all: what else lies in a folder may be somebody else's, and is not moved.
 */
function isOfThisFormat(dataDir: string): boolean {
  const { format, secrets, masterKey } = filesIn(dataDir);
  if (existsSync(format)) return readFileSync(format, 'utf8') === FORMAT;
  if ([secrets, masterKey].some(existsSync)) return false;
  writeFileSync(format, FORMAT);
  return true;
}

/** The caller holds the folder's lock, so nobody else runs on it; the lock goes along, and is removed there. */
function moveAside(dataDir: string): string {
  const aside = `${dataDir}.old-${new Date().toISOString().replace(/[:.]/g, '-')}`;
  try {
    renameSync(dataDir, aside);
  } catch (error) {
    throw new Error(
      `${dataDir} is of another version and cannot be moved aside (${(error as Error).message}): ` +
        'move it yourself, or set PLIC_DATA_DIR to another folder',
      { cause: error },
    );
  }
  rmSync(filesIn(aside).lock, { force: true });
  return aside;
}
