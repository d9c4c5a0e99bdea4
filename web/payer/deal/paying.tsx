/** While the card is being charged: nothing to press, and the promise that it happens once. */
import type { ReactNode } from 'react';
import { Page } from '../../shared/ui/page';
import { Spinner } from '../../shared/ui/spinner';
import { useTexts } from '../texts/texts';

interface Props {
  readonly isPaused: boolean;
  readonly isLost: boolean;
}

export function Paying({ isPaused, isLost }: Props): ReactNode {
  const { texts } = useTexts();
  return (
    <Page title={texts.pay.working}>
      <div role="status" className="flex grow flex-col items-center justify-center gap-6 text-center">
        <span className="text-brand">
          <Spinner size="h-14 w-14" />
        </span>
        <p className="text-lg">{isLost ? texts.pay.asking : isPaused ? texts.offline : texts.pay.workingHint}</p>
      </div>
    </Page>
  );
}
