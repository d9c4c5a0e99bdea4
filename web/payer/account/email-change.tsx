/** The e-mail proven, or another one: by the password and a code that is mailed to it. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { taken } from '../../shared/answers';
import { api } from '../../shared/client';
import { Field } from '../../shared/ui/field';
import { Notice } from '../../shared/ui/notice';
import { meQuery, noticesQuery } from '../data';
import { Form } from '../form';
import { fieldError } from '../said-error';
import { useTexts } from '../texts/texts';
import { CodeSent, useCodes } from './code-sent';
import { CodeField, PasswordField } from './fields';
import { Part } from './sub-page';

export function EmailChange({ present }: { readonly present: string }): ReactNode {
  const { texts } = useTexts();
  const words = texts.account.contact;
  const [email, setEmail] = useState(present);
  const [password, setPassword] = useState('');
  const { ask, stage, change, done } = useCodes(
    () => taken(api.POST('/v1/users/me/email', { body: { email, password } })),
    () => setPassword(''),
  );
  return (
    <Part title={words.changeEmail}>
      {stage === 'done' && <Notice look="good">{words.emailVerified}</Notice>}
      {stage === 'sent' ? (
        <>
          <Code email={email} done={done} />
          <CodeSent ask={ask} change={change} />
        </>
      ) : (
        <Form submit={words.send} busy={ask.isPending} error={ask.error} send={ask.mutate}>
          <Field
            label={texts.account.email}
            hint={words.emailLead}
            error={fieldError(ask.error, 'email')}
            type="email"
            autoComplete="email"
            required
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
          <PasswordField value={password} error={ask.error} fill={setPassword} />
        </Form>
      )}
    </Part>
  );
}

interface CodeProps {
  readonly email: string;
  done(): void;
}

function Code({ email, done }: CodeProps): ReactNode {
  const { texts } = useTexts();
  const words = texts.account.contact;
  const [code, setCode] = useState('');
  const queryClient = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => taken(api.POST('/v1/users/me/email/verify', { body: { code } })),
    onSuccess: async () => {
      done();
      await Promise.all([meQuery, noticesQuery].map(({ queryKey }) => queryClient.invalidateQueries({ queryKey })));
    },
  });
  return (
    <Form submit={words.confirm} busy={isPending} error={error} send={mutate}>
      <p role="status" className="text-soft">
        {words.sentEmail(email)}
      </p>
      <CodeField takesFocus value={code} error={error} fill={setCode} />
    </Form>
  );
}
