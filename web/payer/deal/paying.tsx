/** While the card is being charged: nothing to press, and the promise that it happens once. */
import type { ReactNode } from 'react';
import { Page } from '../../shared/ui/page';
import { Spinner } from '../../shared/ui/spinner';
import { useTexts } from '../texts/texts';

interface Props {
  /** The device has no network: it is sent as soon as it has. */
  readonly isPaused: boolean;
  /** It was sent before, and not answered. */
  readonly isRepeated: boolean;
}

export function Paying({ isPaused, isRepeated }: Props): ReactNode {
  const { texts } = useTexts();
  return (
    <Page title={texts.pay.working}>
      <div role="status" className="flex grow flex-col items-center justify-center gap-6 text-center">
        <span className="text-brand">
          <Spinner size="h-14 w-14" />
        </span>
        {isPaused && <p className="text-lg">{texts.offline}</p>}
        <p className="text-lg">{isRepeated ? texts.pay.asking : texts.pay.workingHint}</p>
      </div>
    </Page>
  );
}
