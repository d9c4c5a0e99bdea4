/** Pages that are not in the first load. */
import { type ComponentType, lazy } from 'react';

/** The browser has nothing else to do, or this has passed, ms. */
const AT_LEAST_AFTER_MS = 3_000;

const whenIdle = (act: () => void): void => {
  if ('requestIdleCallback' in window) requestIdleCallback(act, { timeout: AT_LEAST_AFTER_MS });
  else setTimeout(act, AT_LEAST_AFTER_MS);
};

/** A page that is fetched when it is shown, and by itself once the first one stands. */
export function later<Props>(load: () => Promise<ComponentType<Props>>) {
  const fetchOnce = async () => ({ default: await load() });
  addEventListener('load', () => whenIdle(() => void fetchOnce().catch(() => undefined)));
  return lazy(fetchOnce);
}
