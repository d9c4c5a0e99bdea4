/** Who is logged in. The access token lives here, in memory alone; the refresh token is a cookie no script reads. */
import { create } from 'zustand';
import type { components } from './api';

type Session = components['schemas']['Session'];

interface Standing {
  /** `unknown` until the first refresh has been answered. */
  readonly status: 'unknown' | 'in' | 'out';
  readonly accessToken?: string;
  readonly userId?: string;
  /** The member has left, and wants nothing kept of them. */
  readonly hasLeft?: true;
}

export const useSession = create<Standing>()(() => ({ status: 'unknown' }));

/** Takes the session that an answer brought; every later call is its member's. */
export function takeSession<T extends Session>(session: T): T {
  useSession.setState({ status: 'in', accessToken: session.accessToken, userId: session.user.id }, true);
  return session;
}

/** The member logged out, or is none any more. */
export function dropSession(): void {
  useSession.setState({ status: 'out', hasLeft: true }, true);
}

/** It has run out, or was ended elsewhere. */
export function endSession(): void {
  useSession.setState({ status: 'out' }, true);
}
