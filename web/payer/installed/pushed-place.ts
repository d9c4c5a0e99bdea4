/** A push that was pressed while the app is open: the worker tells the place, and the app goes there. */
import { useEffect } from 'react';
import { useLocation } from 'wouter';

/** Of a message of our worker; undefined for any other. */
function placeOf(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null || !('place' in data) || typeof data.place !== 'string')
    return undefined;
  return /^\/(?![/\\])/.test(data.place) ? data.place : undefined; // of this app alone
}

export function usePushedPlace(): void {
  const [, go] = useLocation();
  useEffect(() => {
    if (!('serviceWorker' in navigator)) return;
    const hear = ({ data }: MessageEvent) => {
      const place = placeOf(data);
      if (place !== undefined) go(place);
    };
    navigator.serviceWorker.addEventListener('message', hear);
    navigator.serviceWorker.startMessages();
    return () => navigator.serviceWorker.removeEventListener('message', hear);
  }, [go]);
}
