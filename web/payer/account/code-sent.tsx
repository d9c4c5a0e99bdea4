/** Below the codes that were asked for: others instead, or another address for them. */
import type { ReactNode } from 'react';
import { Button } from '../../shared/ui/button';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';

interface Props {
  readonly ask: { readonly isPending: boolean; readonly error: Error | null; mutate(): void };
  change(): void;
}

export function CodeSent({ ask, change }: Props): ReactNode {
  const { texts } = useTexts();
  return (
    <>
      {ask.error && <SaidError error={ask.error} />}
      <div className="flex flex-wrap justify-center gap-2">
        <Button look="text" busy={ask.isPending} onClick={() => ask.mutate()}>
          {texts.signUp.resend}
        </Button>
        <Button look="text" onClick={change}>
          {texts.change}
        </Button>
      </div>
    </>
  );
}
