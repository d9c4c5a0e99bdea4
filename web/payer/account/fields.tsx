/** Fields that several forms of an account have. */
import type { ReactNode } from 'react';
import { Field } from '../../shared/ui/field';
import { passwordError } from '../form';
import { fieldError } from '../said-error';
import { useTexts } from '../texts/texts';

interface Props {
  readonly value: string;
  readonly error: unknown;
  /** The texts' own unless given. */
  readonly label?: string;
  /** The name of the field in the API. */
  readonly path?: string;
  fill(value: string): void;
}

/** The password that is theirs, asked for again. */
export function PasswordField({ value, error, label, path = 'password', fill }: Props): ReactNode {
  const { texts } = useTexts();
  return (
    <Field
      label={label ?? texts.account.password}
      hint={label === undefined ? texts.account.passwordWhy : undefined}
      error={passwordError(error, path)}
      type="password"
      autoComplete="current-password"
      required
      value={value}
      onChange={(event) => fill(event.target.value)}
    />
  );
}

const PASSWORD_MIN = 12;

export function NewPasswordField({ value, error, label, path = 'newPassword', fill }: Props): ReactNode {
  const { texts } = useTexts();
  return (
    <Field
      label={label ?? texts.account.security.fresh}
      hint={texts.signUp.passwordHint}
      error={fieldError(error, path)}
      type="password"
      autoComplete="new-password"
      required
      minLength={PASSWORD_MIN}
      value={value}
      onChange={(event) => fill(event.target.value)}
    />
  );
}

interface CodeProps extends Props {
  readonly takesFocus?: boolean;
}

export function CodeField({ value, error, label, path = 'code', takesFocus, fill }: CodeProps): ReactNode {
  const { texts } = useTexts();
  return (
    <Field
      label={label ?? texts.account.code}
      hint={texts.account.codeHint}
      error={fieldError(error, path)}
      takesFocus={takesFocus}
      inputMode="numeric"
      autoComplete="one-time-code"
      pattern="\d{6}"
      maxLength={6}
      required
      value={value}
      onChange={(event) => fill(event.target.value.replace(/\D/g, ''))}
    />
  );
}

export function PhoneField({ value, error, label, path = 'phone', fill }: Props): ReactNode {
  const { texts } = useTexts();
  return (
    <Field
      label={label ?? texts.account.phone}
      hint={texts.signUp.phoneHint}
      error={fieldError(error, path)}
      type="tel"
      inputMode="numeric"
      autoComplete="tel-national"
      required
      value={value}
      onChange={(event) => fill(event.target.value.replace(/\D/g, ''))}
    />
  );
}
