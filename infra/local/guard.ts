import { endRoster } from './roster';

/**
 * `node --import tsx guard.ts <roster file>`: waits until the pipe from its parent closes, however the parent ended,
 * and then ends what the parent left running. After an orderly stop there is nothing left and it just ends.
 */
process.stdin.resume();
process.stdin.once('close', () => {
  endRoster(process.argv[2] ?? '').then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
