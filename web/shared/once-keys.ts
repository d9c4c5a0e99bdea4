/**
 * Idempotency keys that outlive a page: a tab killed between the press of a button and its answer, a second tab, or
 * another try sends the same thing under the same key, so that it is done once.
 */

const PREFIX = 'plic-once:';
/** The API knows a key for longer than this, ms. */
const KEPT_MS = 20 * 3_600_000;

interface Kept {
  readonly key: string;
  readonly body: string;
  readonly at: number;
}

/** A browser that stores nothing still sends one key while its page is open. */
const memory = new Map<string, string>();

function read(name: string): Kept | undefined {
  try {
    return JSON.parse(memory.get(name) ?? localStorage.getItem(name) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

function write(name: string, kept: Kept): void {
  try {
    localStorage.setItem(name, JSON.stringify(kept));
    memory.delete(name);
  } catch {
    memory.set(name, JSON.stringify(kept));
  }
}

/** The key under which this is sent for: the one of before while the body is the same, else a new one. */
export function keyFor(what: string, body: unknown): string {
  const text = JSON.stringify(body);
  const kept = read(PREFIX + what);
  if (kept?.body === text && Date.now() - kept.at < KEPT_MS) return kept.key;
  const key = crypto.randomUUID();
  write(PREFIX + what, { key, body: text, at: Date.now() });
  return key;
}

/** It has been decided: the next one is another one. */
export function forgetKey(what: string): void {
  memory.delete(PREFIX + what);
  localStorage.removeItem(PREFIX + what);
}

/** At log-out: the device may be someone else's next. */
export function forgetAllKeys(): void {
  memory.clear();
  for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX)) localStorage.removeItem(name);
}
