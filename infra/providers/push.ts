/** Pushes by whichever service a device is reached by. */
import { ProviderError, type PushCarrier } from '../../workflows/domain/providers';
import { createFcm, type FcmOptions } from './fcm';
import { createWebPush, type WebPushOptions } from './web-push';

interface PushOptions {
  /** Null: apps hear no pushes. */
  readonly fcm: Omit<FcmOptions, 'timeoutMs'> | null;
  /** Null: browsers hear none. */
  readonly web: Omit<WebPushOptions, 'timeoutMs'> | null;
  readonly timeoutMs: number;
}

/** Null: nobody hears pushes. */
export function createPush({ fcm, web, timeoutMs }: PushOptions): PushCarrier | null {
  if (fcm === null && web === null) return null;
  const toApp = fcm && createFcm({ ...fcm, timeoutMs });
  const toBrowser = web && createWebPush({ ...web, timeoutMs });
  return {
    async push(target, message) {
      if (target.kind === 'fcm' && toApp) return toApp(target.token, message);
      if (target.kind === 'web' && toBrowser) return toBrowser(target, message);
      throw new ProviderError('Unavailable', `push to ${target.kind}`, 'not configured');
    },
  };
}
