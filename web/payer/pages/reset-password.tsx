/** A forgotten password, set anew by whoever has the phone. */
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useLocation } from 'wouter';
import { taken } from '../../shared/answers';
import { api } from '../../shared/client';
import { takeSession } from '../../shared/session';
import { Button } from '../../shared/ui/button';
import { Page } from '../../shared/ui/page';
import { CodeField, NewPasswordField, PhoneField } from '../account/fields';
import { Form } from '../form';
import { LanguageButton } from '../language-button';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';

export function ResetPasswordPage(): ReactNode {
  const { texts } = useTexts();
  const words = texts.account.reset;
  const [, go] = useLocation();
  const [phone, setPhone] = useState('');
  const [wanted, setWanted] = useState({ code: '', newPassword: '' });
  const [isSent, setIsSent] = useState(false);
  const ask = useMutation({
    mutationFn: () => taken(api.POST('/v1/auth/password-resets', { body: { phone } })),
    onSuccess: () => setIsSent(true),
  });
  const reset = useMutation({
    mutationFn: () => taken(api.POST('/v1/auth/password-resets/confirm', { body: { phone, ...wanted } })),
    onSuccess: takeSession,
  });
  const back = () => (isSent ? setIsSent(false) : go('/log-in'));
  return (
    <Page title={words.title} back={{ label: texts.back, go: back }} aside={<LanguageButton />}>
      {isSent ? (
        <>
          <p role="status" className="text-soft">
            {words.sent(phone)}
          </p>
          <Form submit={words.submit} busy={reset.isPending} error={reset.error} send={reset.mutate}>
            <CodeField
              takesFocus
              value={wanted.code}
              error={reset.error}
              fill={(code) => setWanted((before) => ({ ...before, code }))}
            />
            <NewPasswordField
              value={wanted.newPassword}
              error={reset.error}
              fill={(newPassword) => setWanted((before) => ({ ...before, newPassword }))}
            />
          </Form>
          {ask.error && <SaidError error={ask.error} />}
          <Button look="text" busy={ask.isPending} onClick={() => ask.mutate()}>
            {texts.signUp.resend}
          </Button>
        </>
      ) : (
        <>
          <p className="text-soft">{words.lead}</p>
          <Form submit={texts.account.contact.send} busy={ask.isPending} error={ask.error} send={ask.mutate}>
            <PhoneField value={phone} error={ask.error} fill={setPhone} />
          </Form>
        </>
      )}
    </Page>
  );
}
