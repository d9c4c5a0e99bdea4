/** The service worker of a build, and the one of the next build that waits to take its place. */
import { useEffect, useState } from 'react';

/** In the shell of a native app its own files are the app's; while the pages are worked on they change all the time. */
const isWanted = (): boolean =>
  import.meta.env.PROD && 'serviceWorker' in navigator && !('Capacitor' in window) && window.isSecureContext;

/** Registers it. Answers, once a newer build waits, with what has it take over and the page load it. */
export function useFreshBuild(): (() => void) | undefined {
  const [waiting, setWaiting] = useState<ServiceWorker>();
  useEffect(() => {
    if (!isWanted()) return;
    const left = new AbortController();
    // A browser that keeps nothing refuses: the app works without it.
    void navigator.serviceWorker.register('/sw.js').then(
      (registration) => watch(registration, setWaiting, left.signal),
      () => undefined,
    );
    return () => left.abort();
  }, []);
  return waiting && (() => takeOver(waiting));
}

function watch(
  registration: ServiceWorkerRegistration | undefined,
  found: (worker: ServiceWorker) => void,
  signal: AbortSignal,
): void {
  if (!registration) return;
  const tell = () => {
    // Without one that it replaces it is the first: nothing is old.
    if (registration.waiting && navigator.serviceWorker.controller) found(registration.waiting);
  };
  tell();
  registration.addEventListener(
    'updatefound',
    () => registration.installing?.addEventListener('statechange', tell, { signal }),
    { signal },
  );
  const look = () => document.visibilityState === 'visible' && void registration.update().catch(() => undefined);
  document.addEventListener('visibilitychange', look, { signal });
}

function takeOver(worker: ServiceWorker): void {
  if (worker.state !== 'installed') {
    location.reload(); // it has taken over, or a still newer one is there
    return;
  }
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
  worker.postMessage('take-over');
}
