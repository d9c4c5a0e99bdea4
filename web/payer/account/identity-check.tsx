/** Proving who one is: by the password a link is opened; whoever comes back asks for the result. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useSearchParams } from 'wouter';
import { Refused, taken } from '../../shared/answers';
import { api } from '../../shared/client';
import { Button } from '../../shared/ui/button';
import { meQuery } from '../data';
import { Form } from '../form';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';
import { PasswordField } from './fields';

/** The check that was begun is in the address: a page that the phone threw away meanwhile still knows it. */
const CHECK = 'check';

export function IdentityCheck(): ReactNode {
  const { texts } = useTexts();
  const words = texts.account.identity;
  const [search, setSearch] = useSearchParams();
  const [password, setPassword] = useState('');
  /** The way back is kept. */
  const keep = (params: Record<string, string>) => setSearch(params, { replace: true, state: history.state });
  const ask = useResult(() => keep({}));
  const begin = useMutation({
    mutationFn: () => taken(api.POST('/v1/users/me/identity', { body: { password } })),
    onSuccess: ({ verificationId }) => {
      setPassword('');
      ask.reset();
      keep({ [CHECK]: verificationId });
    },
  });
  const check = search.get(CHECK);
  const hasFailed = isFinal(ask.error);
  return (
    <>
      {begin.data && !hasFailed && <Open url={begin.data.url} />}
      {ask.error && <SaidError error={ask.error} />}
      {check && !hasFailed && (
        <Button look="quiet" busy={ask.isPending} onClick={() => ask.mutate(check)}>
          {words.check}
        </Button>
      )}
      {(!begin.data || hasFailed) && (
        <Form submit={words.begin} busy={begin.isPending} error={begin.error} send={begin.mutate}>
          <PasswordField value={password} error={begin.error} fill={setPassword} />
        </Form>
      )}
    </>
  );
}

/** The check has ended without a proof: only another one helps. */
const isFinal = (error: unknown): boolean =>
  error instanceof Refused && error.problem.code !== 'identity-pending' && !error.problem.retryable;

function Open({ url }: { readonly url: string }): ReactNode {
  const { texts } = useTexts();
  const words = texts.account.identity;
  return (
    <div className="flex flex-col gap-2">
      <a
        href={url}
        target="_blank"
        rel="noopener noreferrer"
        className="flex min-h-12 items-center justify-center rounded-xl bg-brand px-4 font-semibold text-on-brand"
      >
        {words.open}
      </a>
      <p className="text-sm text-soft">{words.openHint}</p>
    </div>
  );
}

function useResult(done: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (verificationId: string) =>
      taken(api.POST('/v1/users/me/identity/confirm', { body: { verificationId } })),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: meQuery.queryKey });
      done();
    },
  });
}
