import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** A named collection of JSON values, in order of first insertion. */
export type Table<T> = {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
  delete(key: string): void;
  /** A copy: safe to change the table while walking it. */
  entries(): [key: string, value: T][];
  values(): T[];
  readonly size: number;
};

/** What a sandbox remembers. Every change is on disk (if there is a file) before the call that made it returns. */
export type Store = {
  /** Asking twice for a name gives the same rows. */
  table<T>(name: string): Table<T>;
  /** Runs `work`; all its changes become one line of the file, so a killed process keeps all of them or none. */
  together<T>(work: () => T): T;
  /** Empties every table. */
  clear(): void;
  close(): void;
};

type Change = [table: string, key: string, value: unknown]; // a null value deletes

/**
 * Opens a store on an append-only NDJSON file, or in memory when no file is given. At opening the file is replayed and
 * rewritten as one snapshot, which also drops a last line that a killed process left half written.
 * @throws if a line other than the last cannot be read
 */
export function openStore(file?: string): Store {
  const tables = file ? replay(file) : new Map<string, Map<string, unknown>>();
  let descriptor = file ? writeSnapshot(file, tables) : undefined;
  let pending: Change[] = [];
  let depth = 0;

  const rows = (name: string): Map<string, unknown> => {
    const found = tables.get(name) ?? new Map<string, unknown>();
    tables.set(name, found);
    return found;
  };
  const commit = () => {
    if (depth > 0 || pending.length === 0) return;
    if (descriptor !== undefined) writeSync(descriptor, `${JSON.stringify(pending)}\n`);
    pending = [];
  };
  const change = (...entry: Change) => {
    apply(tables, entry);
    pending.push(entry);
    commit();
  };

  return {
    table: <T>(name: string): Table<T> => ({
      get: (key) => rows(name).get(key) as T | undefined,
      set: (key, value) => change(name, key, value),
      delete: (key) => change(name, key, null),
      entries: () => [...rows(name)] as [string, T][],
      values: () => [...rows(name).values()] as T[],
      get size() {
        return rows(name).size;
      },
    }),
    together(work) {
      depth += 1;
      try {
        return work();
      } finally {
        depth -= 1;
        commit();
      }
    },
    clear() {
      tables.clear();
      pending = [];
      if (!file || descriptor === undefined) return;
      closeSync(descriptor);
      descriptor = writeSnapshot(file, tables);
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}

function apply(tables: Map<string, Map<string, unknown>>, [name, key, value]: Change): void {
  const rows = tables.get(name) ?? new Map<string, unknown>();
  tables.set(name, rows);
  if (value === null) rows.delete(key);
  else rows.set(key, value);
}

function replay(file: string): Map<string, Map<string, unknown>> {
  const tables = new Map<string, Map<string, unknown>>();
  if (!existsSync(file)) return tables;
  const lines = readFileSync(file, 'utf8').split('\n');
  lines.pop(); // empty after a whole line, or the torn end of the line that was being written when the process died
  lines.forEach((line, index) => {
    try {
      for (const entry of JSON.parse(line) as Change[]) apply(tables, entry);
    } catch (cause) {
      throw new Error(`${file} is damaged at line ${index + 1}`, { cause });
    }
  });
  return tables;
}

/** Replaces the file by its present content and returns a descriptor that appends to it. */
function writeSnapshot(file: string, tables: Map<string, Map<string, unknown>>): number {
  mkdirSync(dirname(file), { recursive: true });
  const lines = [...tables].flatMap(([name, rows]) =>
    [...rows].map(([key, value]) => JSON.stringify([[name, key, value]])),
  );
  writeFileSync(`${file}.new`, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return openSync(file, 'a');
}
