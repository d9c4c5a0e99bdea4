/** Ends the session here; without an answer it is not over, and that is said. */
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import { codeOf, taken } from '../../shared/answers';
import { api } from '../../shared/client';
import { dropSession } from '../../shared/session';
import { Button } from '../../shared/ui/button';
import { Notice } from '../../shared/ui/notice';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';
import { stopPushes } from './push';

export function LogOut(): ReactNode {
  const { texts } = useTexts();
  const [, go] = useLocation();
  const leave = () => {
    go('/');
    dropSession();
  };
  const logOut = useMutation({
    mutationFn: async () => {
      await stopPushes();
      await taken(api.POST('/v1/auth/logout', { body: {} }));
    },
    onSuccess: leave,
    onError: (error) => {
      if (codeOf(error) === 'unauthenticated') leave(); // it was over already
    },
  });
  return (
    <>
      {logOut.isPaused && <Notice>{texts.offline}</Notice>}
      {logOut.error && <SaidError error={logOut.error} />}
      <Button look="quiet" busy={logOut.isPending} onClick={() => logOut.mutate()}>
        {texts.account.logOut}
      </Button>
    </>
  );
}
