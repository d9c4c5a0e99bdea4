import { rmSync } from 'node:fs';
import { endRoster } from './roster';

/**
 * `node --import tsx guard.ts <roster file> [folder]`: waits until the pipe from its parent closes, however the parent
 * ended, and then ends what the parent left running, and removes the folder. After an orderly stop there is nothing
 * left and it just ends.
 */
process.stdin.resume();
process.stdin.once('close', () => {
  const [, , rosterFile = '', folder] = process.argv;
  const clear = async () => {
    await endRoster(rosterFile);
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  clear().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
