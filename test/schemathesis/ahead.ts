/** What is slow to make is made while nobody waits for it. */

export interface Ahead<T> {
  take(): Promise<T>;
  /** Until nothing is being made any more. */
  settle(): Promise<void>;
}

/** Keeps so many ready or in the making. One that fails is told to whoever takes it. */
export function ahead<T>(make: () => Promise<T>, count: number): Ahead<T> {
  const begin = () => {
    const made = make();
    made.catch(() => undefined); // it is heard when it is taken
    return made;
  };
  const waiting = Array.from({ length: count }, begin);
  return {
    take() {
      waiting.push(begin());
      return waiting.shift() as Promise<T>;
    },
    async settle() {
      await Promise.allSettled(waiting);
    },
  };
}
