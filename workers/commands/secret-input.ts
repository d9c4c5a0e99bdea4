/** What an operator types for a command: words, and secrets that are not shown. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** Nothing of it is shown. */
const DARK = new Writable({ write: (_chunk, _encoding, done) => done() });

/** One line from the terminal. */
async function ask(question: string, { shown }: { readonly shown: boolean }): Promise<string> {
  process.stderr.write(question);
  const output = shown ? process.stderr : DARK;
  const lines = createInterface({ input: process.stdin, output, terminal: process.stdin.isTTY === true });
  try {
    return (await lines.question('')).trim();
  } finally {
    lines.close();
    if (!shown) process.stderr.write('\n');
  }
}

export const askFor = (what: string): Promise<string> => ask(`${what}: `, { shown: true });

/** A secret from a file, or from the terminal without an echo. */
export const secretOf = async (what: string, file: string | undefined): Promise<string> =>
  file === undefined ? ask(`${what}: `, { shown: false }) : readFileSync(file, 'utf8').replace(/\r?\n$/, '');
