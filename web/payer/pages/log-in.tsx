import { useMutation } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { taken } from '../../shared/answers';
import { api } from '../../shared/client';
import { takeSession } from '../../shared/session';
import { Button } from '../../shared/ui/button';
import { Field } from '../../shared/ui/field';
import { Page } from '../../shared/ui/page';
import { LanguageButton } from '../language-button';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';

export function LogInPage(): ReactNode {
  const { texts } = useTexts();
  const [, go] = useLocation();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const logIn = useMutation({
    mutationFn: () => taken(api.POST('/v1/auth/login', { body: { email, password } })),
    onSuccess: takeSession, // which shows the page that was asked for
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!logIn.isPending) logIn.mutate();
  };
  return (
    <Page title={texts.logIn.title} back={{ label: texts.back, go: () => go('/') }} aside={<LanguageButton />}>
      <form className="flex flex-col gap-5" onSubmit={submit}>
        <Field
          label={texts.logIn.email}
          type="email"
          autoComplete="username"
          required
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <Field
          label={texts.logIn.password}
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        {logIn.error && <SaidError error={logIn.error} />}
        <Button type="submit" busy={logIn.isPending}>
          {texts.logIn.submit}
        </Button>
      </form>
      <Link href="/reset-password" className="self-center text-brand underline underline-offset-4">
        {texts.account.reset.link}
      </Link>
      <Link href="/sign-up" className="self-center font-semibold text-brand underline underline-offset-4">
        {texts.logIn.signUp}
      </Link>
    </Page>
  );
}
