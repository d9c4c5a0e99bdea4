/** What went wrong, in the words of the API, which are in the language of the page. */
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { codeOf, Refused } from '../shared/answers';
import { Button } from '../shared/ui/button';
import { Notice } from '../shared/ui/notice';
import { useTexts } from './texts/texts';
import { FROM_INSIDE } from './way-back';

interface Props {
  readonly error: unknown;
  readonly title?: string;
  /** Asks once more. */
  again?: (() => void) | undefined;
}

export function SaidError({ error, title, again }: Props): ReactNode {
  const { texts } = useTexts();
  return (
    <Notice look="bad" title={title}>
      <p>{error instanceof Refused ? error.problem.detail : texts.noAnswer}</p>
      {codeOf(error) === 'identity-required' && (
        <Link
          href="/me/identity"
          state={FROM_INSIDE}
          className="inline-flex min-h-11 items-center font-semibold text-brand underline"
        >
          {texts.account.identity.go}
        </Link>
      )}
      {again && (
        <Button look="text" className="mt-1 px-0" onClick={again}>
          {texts.again}
        </Button>
      )}
    </Notice>
  );
}

/** The sentence about one field of a refused form; undefined when nothing is wrong with it. */
export function fieldError(error: unknown, path: string): string | undefined {
  if (!(error instanceof Refused)) return undefined;
  return error.problem.errors?.find((one) => one.path === path)?.message;
}

/** Whether the refusal is about fields that show it themselves. */
export const isAboutFields = (error: unknown): boolean =>
  error instanceof Refused && (error.problem.errors?.length ?? 0) > 0;
