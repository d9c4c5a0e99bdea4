/** Codes that are asked for by a form, and entered in the next one. */
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Button } from '../../shared/ui/button';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';

/**
 * The way from the form that asks for codes to what they prove, and back. `send` asks for them; `forget` empties what
 * was typed for this once.
 */
export function useCodes(send: () => Promise<unknown>, forget: () => void) {
  const [stage, setStage] = useState<'asking' | 'sent' | 'done'>('asking');
  const ask = useMutation({ mutationFn: send, onSuccess: () => setStage('sent') });
  const leaveFor = (next: 'asking' | 'done') => {
    setStage(next);
    ask.reset();
  };
  const done = () => {
    forget();
    leaveFor('done');
  };
  return { ask, stage, done, change: () => leaveFor('asking') };
}

interface Props {
  readonly ask: { readonly isPending: boolean; readonly error: Error | null; mutate(): void };
  change(): void;
}

/** Below the codes that were asked for: others instead, or another address for them. */
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
