/** Proving who one is: by the password a link is opened; whoever comes back asks for the result. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useSearchParams } from 'wouter';
import { taken } from '../../shared/answers';
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
  const begin = useMutation({
    mutationFn: () => taken(api.POST('/v1/users/me/identity', { body: { password } })),
    onSuccess: ({ verificationId }) => {
      setPassword('');
      setSearch({ [CHECK]: verificationId }, { replace: true });
    },
  });
  const check = search.get(CHECK);
  return (
    <>
      {begin.data && (
        <div className="flex flex-col gap-2">
          <a
            href={begin.data.url}
            target="_blank"
            rel="noopener noreferrer"
            className="flex min-h-12 items-center justify-center rounded-xl bg-brand px-4 font-semibold text-on-brand"
          >
            {words.open}
          </a>
          <p className="text-sm text-soft">{words.openHint}</p>
        </div>
      )}
      {check && <Result verificationId={check} done={() => setSearch({}, { replace: true })} />}
      {!begin.data && (
        <Form submit={words.begin} busy={begin.isPending} error={begin.error} send={begin.mutate}>
          <PasswordField value={password} error={begin.error} fill={setPassword} />
        </Form>
      )}
    </>
  );
}

interface ResultProps {
  readonly verificationId: string;
  done(): void;
}

function Result({ verificationId, done }: ResultProps): ReactNode {
  const { texts } = useTexts();
  const queryClient = useQueryClient();
  const ask = useMutation({
    mutationFn: () => taken(api.POST('/v1/users/me/identity/confirm', { body: { verificationId } })),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: meQuery.queryKey });
      done();
    },
  });
  return (
    <>
      {ask.error && <SaidError error={ask.error} />}
      <Button look="quiet" busy={ask.isPending} onClick={() => ask.mutate()}>
        {texts.account.identity.check}
      </Button>
    </>
  );
}
