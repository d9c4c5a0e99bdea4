/** Pushes to this browser: its service worker shows them, its push service brings them (docs/sending-notices.md). */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { taken } from '../../shared/answers';
import { api } from '../../shared/client';
import { noticesQuery, pushQuery } from '../data';

/** The person, or the browser for them, wants no notifications of this site. */
export class PushDenied extends Error {
  override readonly name = 'PushDenied';
}

/** The browser would, and could not: its push service is away, for one. */
export class PushFailed extends Error {
  override readonly name = 'PushFailed';
}

/** What shows pushes in this browser; undefined where nothing does. */
export function usePushWorker(): ServiceWorkerRegistration | undefined {
  const [worker, setWorker] = useState<ServiceWorkerRegistration>();
  useEffect(() => {
    if (!('serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window)) return;
    void navigator.serviceWorker.ready.then(setWorker); // never, where there is none
  }, []);
  return worker;
}

/** Whether this browser is subscribed, whatever the API knows of it; undefined until it has said so. */
export function useIsSubscribed(worker: ServiceWorkerRegistration | undefined): boolean | undefined {
  const { data } = useQuery({
    queryKey: [...pushQuery.queryKey, 'here'],
    queryFn: async () => Boolean(await worker?.pushManager.getSubscription()),
    enabled: worker !== undefined,
    networkMode: 'always', // it asks the browser alone
  });
  return data;
}

/** Has this device hear pushes: asks the person, then the browser's push service, then the API. */
export function usePushOn(worker: ServiceWorkerRegistration, applicationServerKey: string) {
  const readAnew = useReadAnew();
  return useMutation({
    mutationFn: async () => {
      if ((await Notification.requestPermission()) !== 'granted') throw new PushDenied();
      const { endpoint = '', keys } = await subscribed(worker, applicationServerKey);
      const body = { kind: 'web', endpoint, p256dh: keys?.p256dh ?? '', auth: keys?.auth ?? '' } as const;
      await taken(api.POST('/v1/users/me/push-subscriptions', { body }));
    },
    onSuccess: readAnew,
  });
}

async function subscribed({ pushManager }: ServiceWorkerRegistration, applicationServerKey: string) {
  const ask = () => pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
  const askAnew = async (error: Error) => {
    if (error.name !== 'InvalidStateError') throw error;
    await (await pushManager.getSubscription())?.unsubscribe(); // it was made under another key of ours
    return ask();
  };
  try {
    return (await ask().catch(askAnew)).toJSON();
  } catch {
    throw new PushFailed();
  }
}

export function usePushOff(worker: ServiceWorkerRegistration) {
  const readAnew = useReadAnew();
  return useMutation({
    mutationFn: async (subscriptionId: string) => {
      const params = { path: { subscriptionId } };
      await taken(api.DELETE('/v1/users/me/push-subscriptions/{subscriptionId}', { params }));
      await (await worker.pushManager.getSubscription())?.unsubscribe();
    },
    onSuccess: readAnew,
  });
}

/**
 * At log-out: the device may be someone else's next, and the API leaves that to the app (docs/sending-notices.md).
 * Never throws: whoever cannot end them here is logged out all the same.
 */
export async function stopPushes(): Promise<void> {
  await removeOwn().catch(() => undefined);
  await forgetPushes();
}

async function removeOwn(): Promise<void> {
  const worker = await presentWorker();
  if (!(await worker?.pushManager?.getSubscription())) return;
  const { items } = await taken(api.GET('/v1/users/me/push-subscriptions'));
  const own = items.find(({ kind, current }) => kind === 'web' && current);
  if (!own) return;
  const params = { path: { subscriptionId: own.id } };
  await taken(api.DELETE('/v1/users/me/push-subscriptions/{subscriptionId}', { params }));
}

/**
 * In this browser alone: its push service tells the API that nobody hears them. Closes those that show. Never throws.
 */
export async function forgetPushes(): Promise<void> {
  try {
    const worker = await presentWorker();
    for (const shown of (await worker?.getNotifications()) ?? []) shown.close();
    await (await worker?.pushManager?.getSubscription())?.unsubscribe();
  } catch {
    // a browser that cannot is asked again at the next end of a session
  }
}

const presentWorker = async (): Promise<ServiceWorkerRegistration | undefined> =>
  'serviceWorker' in navigator ? navigator.serviceWorker.getRegistration() : undefined;

function useReadAnew() {
  const queryClient = useQueryClient();
  return () =>
    Promise.all([pushQuery, noticesQuery].map(({ queryKey }) => queryClient.invalidateQueries({ queryKey })));
}
