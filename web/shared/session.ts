/** Who is logged in. The access token lives here, in memory alone; the refresh token is a cookie no script reads. */
import { create } from 'zustand';
import type { components } from './api';

type Session = components['schemas']['Session'];

interface Standing {
  /** `unknown` until the first refresh has been answered. */
  readonly status: 'unknown' | 'in' | 'out';
  readonly accessToken?: string;
}

export const useSession = create<Standing>()(() => ({ status: 'unknown' }));

/** Takes the session that an answer brought; every later call is its payer's. */
export function takeSession<T extends Session>(session: T): T {
  useSession.setState({ status: 'in', accessToken: session.accessToken });
  return session;
}

/** Forgets it: it has ended, here or elsewhere. */
export function dropSession(): void {
  useSession.setState({ status: 'out' }, true);
}
