/** Answers that are on their way over a slow line. */
export type Delays = {
  /** Calls `then` after so many ms, or as soon as its delay is ended. */
  add(about: string | undefined, ms: number, then: () => void): void;
  /** Ends the delays of this orderId or reference. */
  end(about: string): void;
};

export function createDelays(): Delays {
  const waiting = new Map<() => void, string | undefined>();
  return {
    add(about, ms, then) {
      const arrive = () => {
        clearTimeout(timer);
        if (waiting.delete(arrive)) then();
      };
      waiting.set(arrive, about);
      const timer = setTimeout(arrive, ms).unref();
    },
    end(about) {
      for (const [arrive, its] of waiting) if (its === about) arrive();
    },
  };
}
