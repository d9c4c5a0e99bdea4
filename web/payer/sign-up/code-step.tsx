import { type FormEvent, type ReactNode, useEffect, useRef } from 'react';
import { Button } from '../../shared/ui/button';
import { Field } from '../../shared/ui/field';
import { fieldError } from '../said-error';
import { useTexts } from '../texts/texts';
import type { StepProps } from './form';
import { readSmsCode } from './sms-code';

interface Props extends StepProps {
  resend(): void;
}

export function CodeStep({ form, error, busy, fill, next, resend }: Props): ReactNode {
  const { texts } = useTexts();
  const latest = useRef({ fill, next });
  latest.current = { fill, next };
  useEffect(() => {
    const left = new AbortController();
    void readSmsCode(left.signal).then((code) => code && latest.current.fill({ code }));
    return () => left.abort();
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!busy) next();
  };
  return (
    <form className="flex flex-col gap-5" onSubmit={submit}>
      <Field
        label={texts.signUp.code}
        hint={texts.signUp.codeSent(form.phone)}
        error={fieldError(error, 'code')}
        inputMode="numeric"
        autoComplete="one-time-code"
        pattern="\d{6}"
        maxLength={6}
        required
        className="text-center tracking-[0.5em]"
        value={form.code}
        onChange={(event) => fill({ code: event.target.value.replace(/\D/g, '') })}
      />
      <Button type="submit" busy={busy}>
        {texts.signUp.submit}
      </Button>
      <Button look="text" onClick={resend}>
        {texts.signUp.resend}
      </Button>
    </form>
  );
}
