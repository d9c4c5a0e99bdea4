/** `npm run reconcile` without npm, as an operator of this house runs it. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { House } from './house';

/** Its exit code, and what it printed. */
export function reconcileCommand(house: House, ...args: string[]): Promise<{ code: number; text: string }> {
  return new Promise((resolve) => {
    const run = ['--import', 'tsx', 'workers/reconcile-command.ts', ...args];
    const options = { cwd: join(__dirname, '../..'), env: { ...process.env, ...house.env } };
    execFile(process.execPath, run, options, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, text: stdout + stderr }),
    );
  });
}
