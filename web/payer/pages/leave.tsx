/** The end of the membership: what it means, and the password. */
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { codeOf, Refused, taken } from '../../shared/answers';
import { api } from '../../shared/client';
import { dropSession } from '../../shared/session';
import { Notice } from '../../shared/ui/notice';
import { PasswordField } from '../account/fields';
import { SubPage } from '../account/sub-page';
import { Form } from '../form';
import { useTexts } from '../texts/texts';
import { FROM_INSIDE } from '../way-back';

export function LeavePage(): ReactNode {
  const { texts } = useTexts();
  const words = texts.account.leave;
  const [, go] = useLocation();
  const [password, setPassword] = useState('');
  const leave = useMutation({
    mutationFn: () => taken(api.POST('/v1/users/me/withdrawal', { body: { password } })),
    onSuccess: () => {
      go('/');
      dropSession();
    },
    onError: (error) => {
      if (codeOf(error) === 'unauthenticated') go('/'); // it was over already: the answer before this one was lost
    },
  });
  const open = openDealsOf(leave.error);
  return (
    <SubPage title={words.title}>
      <p className="text-soft">{words.lead}</p>
      <ul className="flex list-disc flex-col gap-2 pl-5">
        {words.ends.map((end) => (
          <li key={end}>{end}</li>
        ))}
      </ul>
      {open.length > 0 && <OpenDeals dealIds={open} />}
      <Form look="danger" submit={words.submit} busy={leave.isPending} error={leave.error} send={leave.mutate}>
        <label className="flex min-h-11 items-center gap-3">
          <input type="checkbox" required className="h-5 w-5 shrink-0 accent-(--brand)" />
          {words.sure}
        </label>
        <PasswordField value={password} error={leave.error} fill={setPassword} />
      </Form>
    </SubPage>
  );
}

const openDealsOf = (error: unknown): readonly string[] =>
  error instanceof Refused && error.problem.code === 'deals-open' ? (error.problem.dealIds ?? []) : [];

function OpenDeals({ dealIds }: { readonly dealIds: readonly string[] }): ReactNode {
  const { texts } = useTexts();
  const words = texts.account.leave;
  return (
    <Notice look="warn" title={words.open}>
      <ul className="flex flex-col">
        {dealIds.map((dealId, index) => (
          <li key={dealId}>
            <Link
              href={`/deals/${dealId}`}
              state={FROM_INSIDE}
              className="inline-flex min-h-11 items-center text-brand underline"
            >
              {words.deal(index + 1)}
            </Link>
          </li>
        ))}
      </ul>
    </Notice>
  );
}
