/** Three steps to a membership: who, by which phone, and the code that proves it. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useLocation } from 'wouter';
import { Refused, taken } from '../../shared/answers';
import type { components } from '../../shared/api';
import { api } from '../../shared/client';
import { takeSession } from '../../shared/session';
import { Page } from '../../shared/ui/page';
import { consentsQuery } from '../data';
import { LanguageButton } from '../language-button';
import { isAboutFields, SaidError } from '../said-error';
import { CodeStep } from '../sign-up/code-step';
import { EMPTY, type SignUpForm, type Step, stepOf } from '../sign-up/form';
import { PersonStep } from '../sign-up/person-step';
import { PhoneStep } from '../sign-up/phone-step';
import { useTexts } from '../texts/texts';

type ConsentText = components['schemas']['ConsentText'];

export function SignUpPage(): ReactNode {
  const { texts } = useTexts();
  const [, go] = useLocation();
  const [step, setStep] = useState<Step>('person');
  const [form, setForm] = useState(EMPTY);
  const { sendCode, signUp } = useSignUp(form, setStep);
  const error = step === 'person' ? signUp.error : (sendCode.error ?? signUp.error);
  const props = {
    form,
    error,
    busy: sendCode.isPending || signUp.isPending,
    fill: (fields: Partial<SignUpForm>) => setForm((before) => ({ ...before, ...fields })),
  };
  const { title, back } = {
    person: { title: texts.signUp.who, back: () => go('/') },
    phone: { title: texts.signUp.phoneTitle, back: () => setStep('person') },
    code: { title: texts.signUp.codeTitle, back: () => setStep('phone') },
  }[step];
  return (
    <Page title={title} back={{ label: texts.back, go: back }} aside={<LanguageButton />}>
      {error && !isAboutFields(error) && <SaidError error={error} />}
      {step === 'person' && <PersonStep {...props} next={() => setStep('phone')} />}
      {step === 'phone' && <PhoneStep {...props} next={() => sendCode.mutate()} />}
      {step === 'code' && <CodeStep {...props} next={() => signUp.mutate()} resend={() => sendCode.mutate()} />}
    </Page>
  );
}

/** Sends the code and signs up; what is refused is shown at the step that asks for it. */
function useSignUp(form: SignUpForm, show: (step: Step) => void) {
  const queryClient = useQueryClient();
  const sendCode = useMutation({
    mutationFn: () => taken(api.POST('/v1/auth/codes', { body: { phone: form.phone } })),
    onSuccess: () => show('code'),
  });
  const signUp = useMutation({
    mutationFn: async () => {
      const { items } = await queryClient.ensureQueryData(consentsQuery);
      const { agreed, ...person } = form;
      return taken(api.POST('/v1/auth/signup', { body: { ...person, consents: consentsOf(items, agreed) } }));
    },
    onSuccess: takeSession,
    onError: (error) => {
      const path = error instanceof Refused ? pathOf(error) : undefined;
      if (path !== undefined) show(stepOf(path));
    },
  });
  return { sendCode, signUp };
}

/** Which field a refused sign-up is about. */
const pathOf = ({ problem }: Refused): string | undefined =>
  problem.code === 'already-registered' ? problem.taken : problem.errors?.[0]?.path;

/** The version of each text that was agreed to. */
function consentsOf(texts: readonly ConsentText[], agreed: readonly string[]) {
  const version = (kind: ConsentText['kind']) => texts.find((text) => text.kind === kind)?.version ?? '';
  return {
    terms: version('terms'),
    privacy: version('privacy'),
    thirdParty: version('thirdParty'),
    marketing: agreed.includes('marketing'),
  };
}
