/** Pushes to this browser: its service worker shows them, its push service brings them (docs/sending-notices.md). */
import { useMutation, useQueryClient } from '@tanstack/react-query';
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
    void navigator.serviceWorker.getRegistration().then(setWorker);
  }, []);
  return worker;
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

const subscribed = (worker: ServiceWorkerRegistration, applicationServerKey: string) =>
  worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey }).then(
    (subscription) => subscription.toJSON(),
    () => {
      throw new PushFailed();
    },
  );

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

/** At log-out: the device may be someone else's next, and the API leaves that to the app (docs/sending-notices.md). */
export async function stopPushes(): Promise<void> {
  const worker = 'serviceWorker' in navigator ? await navigator.serviceWorker.getRegistration() : undefined;
  const subscription = await worker?.pushManager?.getSubscription();
  if (!subscription) return;
  const { items } = await taken(api.GET('/v1/users/me/push-subscriptions'));
  const own = items.find(({ kind, current }) => kind === 'web' && current);
  if (own) {
    const params = { path: { subscriptionId: own.id } };
    await taken(api.DELETE('/v1/users/me/push-subscriptions/{subscriptionId}', { params }));
  }
  await subscription.unsubscribe();
}

function useReadAnew() {
  const queryClient = useQueryClient();
  return () =>
    Promise.all([pushQuery, noticesQuery].map(({ queryKey }) => queryClient.invalidateQueries({ queryKey })));
}
