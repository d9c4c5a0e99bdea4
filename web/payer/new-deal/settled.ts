import { useEffect, useState } from 'react';

const PAUSE_MS = 350;

/** The value once it has stayed the same for a moment: what is typed is not asked about key by key. */
export function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
