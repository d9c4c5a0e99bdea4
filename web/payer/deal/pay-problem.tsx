/** Why it was not paid, and what can be done now. */
import type { ReactNode } from 'react';
import { codeOf, mayBeRepeated } from '../../shared/answers';
import { Button } from '../../shared/ui/button';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';

/** Refusals after which the deal's own page has more to tell. */
const TELL_OF_THE_DEAL = ['charge-in-progress', 'already-charged', 'deal-closed', 'quote-expired'];

interface Props {
  readonly error: Error;
  seeDeal(): void;
}

export function PayProblem({ error, seeDeal }: Props): ReactNode {
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
    </div>
  );
}
