/** Why it was not paid, and what can be done now. */
import type { ReactNode } from 'react';
import { codeOf, isUndecided, Refused } from '../../shared/answers';
import { Button } from '../../shared/ui/button';
import { Notice } from '../../shared/ui/notice';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';
import { Objection } from './objection';

/** Refusals after which the deal's own page has more to tell. */
const TELL_OF_THE_DEAL = ['charge-in-progress', 'already-charged', 'deal-closed', 'quote-expired'];
/** Nothing was charged, and nothing will be: whoever asks later may pay. */
const NOT_NOW = ['risk-blocked', 'charges-stopped', 'too-many-requests'];

/** What is told of a pattern, of which a person may think otherwise; a limit frees by itself. */
const mayBeObjectedTo = (error: Error): boolean =>
  error instanceof Refused && error.problem.code === 'risk-blocked' && !!error.problem.rules?.includes('not-possible');

interface Props {
  readonly dealId: string;
  readonly error: Error;
  /** Asks once more, under the same key. */
  again(): void;
  seeDeal(): void;
}

export function PayProblem({ dealId, error, again, seeDeal }: Props): ReactNode {
  const { texts } = useTexts();
  const code = codeOf(error) ?? '';
  if (isUndecided(error))
    return (
      <Notice look="warn" title={texts.pay.unknown}>
        <p>{texts.pay.unknownHint}</p>
        <div className="mt-3 flex flex-wrap gap-2">
          <Button onClick={again}>{texts.pay.askAgain}</Button>
          <Button look="quiet" onClick={seeDeal}>
            {texts.pay.see}
          </Button>
        </div>
      </Notice>
    );
  const { declined, blocked, failed } = texts.pay;
  return (
    <div className="flex flex-col gap-2">
      <SaidError
        error={error}
        title={code === 'card-declined' ? declined : NOT_NOW.includes(code) ? blocked : failed}
      />
      {TELL_OF_THE_DEAL.includes(code) && (
        <Button look="quiet" onClick={seeDeal}>
          {texts.pay.see}
        </Button>
      )}
      {mayBeObjectedTo(error) && <Objection dealId={dealId} />}
    </div>
  );
}
