/** The question before something is removed for good. */
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { codeOf, tryAgain } from '../shared/answers';
import { Button } from '../shared/ui/button';
import { focusHeading } from '../shared/ui/page';
import { Sheet } from '../shared/ui/sheet';
import { SaidError } from './said-error';
import { useTexts } from './texts/texts';

interface Props {
  readonly question: string;
  readonly hint: string;
  remove(): Promise<unknown>;
  close(): void;
}

/** What is gone already, by an answer that was lost or from another device, is removed as well. */
export async function removed(remove: Props['remove']): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (!(error instanceof Error) || codeOf(error) !== 'not-found') throw error;
  }
}

export function RemoveSheet({ question, hint, remove, close }: Props): ReactNode {
  const { texts } = useTexts();
  const removal = useMutation({
    mutationFn: () => removed(remove),
    ...tryAgain,
    onSuccess: () => {
      close();
      requestAnimationFrame(focusHeading); // once the sheet is gone: what opened it may be gone as well
    },
  });
  return (
    <Sheet title={question} closeLabel={texts.close} onClose={close}>
      <div className="flex flex-col gap-4">
        <p className="text-soft">{hint}</p>
        {removal.error && <SaidError error={removal.error} />}
        <Button look="danger" busy={removal.isPending} onClick={() => removal.mutate()}>
          {texts.removeYes}
        </Button>
        <Button look="quiet" onClick={close}>
          {texts.removeNo}
        </Button>
      </div>
    </Sheet>
  );
}
