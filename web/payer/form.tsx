/** A form of one thing: its fields, what is wrong with it as a whole, and the button that sends it once. */
import { type FormEvent, type ReactNode, useState } from 'react';
import { codeOf, Refused } from '../shared/answers';
import { Button } from '../shared/ui/button';
import { Notice } from '../shared/ui/notice';
import { fieldError, isAboutFields, SaidError } from './said-error';
import { useTexts } from './texts/texts';

interface Props {
  readonly submit: string;
  readonly busy: boolean;
  readonly error: unknown;
  readonly look?: 'main' | 'danger';
  readonly children: ReactNode;
  send(): void;
}

/** Refusals that name no field, and are about one. */
const SAID_BY_A_FIELD: readonly string[] = ['wrong-password', 'name-verified'];

export function Form({ submit, busy, error, look = 'main', children, send }: Props): ReactNode {
  const { texts } = useTexts();
  const [isCut, setIsCut] = useState(false);
  const press = (event: FormEvent) => {
    event.preventDefault();
    setIsCut(!navigator.onLine);
    if (!busy && navigator.onLine) send();
  };
  const isSaidByField = isAboutFields(error) || SAID_BY_A_FIELD.includes(codeOf(error) ?? '');
  return (
    <form className="flex flex-col gap-5" onSubmit={press}>
      {children}
      {Boolean(error) && !isSaidByField && <SaidError error={error} />}
      {isCut && <Notice look="warn">{texts.sendLater}</Notice>}
      <Button type="submit" look={look} busy={busy}>
        {submit}
      </Button>
    </form>
  );
}

/** What is wrong with a password that was asked for again. */
export const passwordError = (error: unknown, path: string): string | undefined =>
  error instanceof Refused && error.problem.code === 'wrong-password' ? error.problem.detail : fieldError(error, path);
