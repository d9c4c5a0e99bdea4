import type { FormEvent, ReactNode } from 'react';
import { Button } from '../../shared/ui/button';
import { Field } from '../../shared/ui/field';
import { NewPasswordField } from '../account/fields';
import { fieldError } from '../said-error';
import { useTexts } from '../texts/texts';
import type { StepProps } from './form';

export function PersonStep({ form, error, fill, next }: StepProps): ReactNode {
  const { texts } = useTexts();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    next();
  };
  return (
    <form className="flex flex-col gap-5" onSubmit={submit}>
      <Field
        label={texts.signUp.name}
        hint={texts.signUp.nameHint}
        error={fieldError(error, 'name')}
        autoComplete="name"
        required
        maxLength={50}
        value={form.name}
        onChange={(event) => fill({ name: event.target.value })}
      />
      <Field
        label={texts.signUp.email}
        error={fieldError(error, 'email')}
        type="email"
        autoComplete="username"
        required
        value={form.email}
        onChange={(event) => fill({ email: event.target.value })}
      />
      <NewPasswordField
        label={texts.signUp.password}
        path="password"
        value={form.password}
        error={error}
        fill={(password) => fill({ password })}
      />
      <Button type="submit">{texts.next}</Button>
    </form>
  );
}
