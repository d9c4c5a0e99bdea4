/** What a stranger sees first. */
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import { Button } from '../../shared/ui/button';
import { Page } from '../../shared/ui/page';
import { LanguageButton } from '../language-button';
import { useTexts } from '../texts/texts';

export function WelcomePage(): ReactNode {
  const { texts } = useTexts();
  const [, go] = useLocation();
  const foot = (
    <>
      <Button onClick={() => go('/sign-up')}>{texts.welcome.signUp}</Button>
      <Button look="quiet" onClick={() => go('/log-in')}>
        {texts.welcome.logIn}
      </Button>
    </>
  );
  return (
    <Page title={texts.welcome.title} aside={<LanguageButton />} foot={foot}>
      <p className="text-lg text-soft">{texts.welcome.lead}</p>
      <img src="/icons/plic.svg" alt="" className="mx-auto mt-6 h-28 w-28" />
    </Page>
  );
}
