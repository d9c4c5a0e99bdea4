/** Why it was not paid, and what can be done now. */
import type { ReactNode } from 'react';
import { codeOf, mayBeRepeated, Refused } from '../../shared/answers';
import { Button } from '../../shared/ui/button';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';
import { Objection } from './objection';

/** Refusals after which the deal's own page has more to tell. */
const TELL_OF_THE_DEAL = ['charge-in-progress', 'already-charged', 'deal-closed', 'quote-expired'];

/** What is told of a pattern, of which a person may think otherwise; a limit frees by itself. */
const mayBeObjectedTo = (error: Error): boolean =>
  error instanceof Refused && error.problem.code === 'risk-blocked' && !!error.problem.rules?.includes('not-possible');

interface Props {
  readonly dealId: string;
  readonly error: Error;
  seeDeal(): void;
}

export function PayProblem({ dealId, error, seeDeal }: Props): ReactNode {
  const { texts } = useTexts();
  const code = codeOf(error) ?? '';
  const title =
    code === 'card-declined' ? texts.pay.declined : code === 'risk-blocked' ? texts.pay.blocked : texts.pay.failed;
  return (
    <div className="flex flex-col gap-2">
      <SaidError error={error} title={title} />
      {(TELL_OF_THE_DEAL.includes(code) || mayBeRepeated(error)) && (
        <Button look="quiet" onClick={seeDeal}>
          {texts.pay.see}
        </Button>
      )}
      {mayBeObjectedTo(error) && <Objection dealId={dealId} />}
    </div>
  );
}
