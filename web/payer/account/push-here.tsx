/** Whether this device hears pushes; not offered where it cannot. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Button } from '../../shared/ui/button';
import { Notice } from '../../shared/ui/notice';
import { pushQuery } from '../data';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';
import { PushDenied, PushFailed, useIsSubscribed, usePushOff, usePushOn, usePushWorker } from './push';
import { Part } from './sub-page';

export function PushHere(): ReactNode {
  const { data } = useQuery(pushQuery);
  const worker = usePushWorker();
  const isHere = useIsSubscribed(worker);
  if (!worker || isHere === undefined || !data?.applicationServerKey) return null;
  const own = isHere ? data.items.find(({ kind, current }) => kind === 'web' && current) : undefined;
  return <Offered worker={worker} applicationServerKey={data.applicationServerKey} own={own?.id} />;
}

interface Props {
  readonly worker: ServiceWorkerRegistration;
  readonly applicationServerKey: string;
  /** The subscription of this device. */
  readonly own: string | undefined;
}

function Offered({ worker, applicationServerKey, own }: Props): ReactNode {
  const { texts } = useTexts();
  const on = usePushOn(worker, applicationServerKey);
  const off = usePushOff(worker);
  const words = texts.account.notices;
  const error = on.error ?? off.error;
  return (
    <Part title={words.here}>
      <p role="status" className="text-soft">
        {own === undefined ? words.hereOff : words.hereOn}
      </p>
      {error && <PushProblem error={error} />}
      {own === undefined ? (
        <Button look="quiet" busy={on.isPending} onClick={() => on.mutate()}>
          {words.turnOn}
        </Button>
      ) : (
        <Button look="quiet" busy={off.isPending} onClick={() => off.mutate(own)}>
          {words.turnOff}
        </Button>
      )}
    </Part>
  );
}

function PushProblem({ error }: { readonly error: Error }): ReactNode {
  const { texts } = useTexts();
  if (error instanceof PushDenied) return <Notice look="bad">{texts.account.notices.denied}</Notice>;
  if (error instanceof PushFailed) return <Notice look="bad">{texts.account.notices.failed}</Notice>;
  return <SaidError error={error} />;
}
