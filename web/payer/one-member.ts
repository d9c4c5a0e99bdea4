/**
 * What is kept on this device is of one member: whoever logs in as another one finds none of it. What a person chose
 * for the device itself (language) stays.
 */
import type { QueryClient } from '@tanstack/react-query';
import { forgetAllKeys } from '../shared/once-keys';
import { useSession } from '../shared/session';
import { useDraft } from './draft';

const OWNER = 'plic-member';

/**
 * Watches who is logged in, for as long as the page lives. A session that has run out leaves the draft and the keys of
 * what was sent to its member, who may log in again; who leaves takes everything along.
 */
export function keepToOneMember(queryClient: QueryClient): void {
  useSession.subscribe(({ status, userId, hasLeft }, before) => {
    const owner = localStorage.getItem(OWNER);
    const isAnother = userId !== undefined && owner !== null && owner !== userId;
    if (status === 'out' || isAnother) queryClient.clear();
    if (hasLeft || isAnother) {
      useDraft.getState().begin();
      forgetAllKeys();
    }
    if (userId !== undefined) localStorage.setItem(OWNER, userId);
    else if (hasLeft) localStorage.removeItem(OWNER);
    if (isAnother && before.status === 'in') location.assign('/'); // another tab's member: nothing here is theirs
  });
}
