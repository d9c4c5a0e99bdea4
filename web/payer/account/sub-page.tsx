/** A page below the member's own, with the way back to it. */
import type { ReactNode } from 'react';
import { Page } from '../../shared/ui/page';
import { useTexts } from '../texts/texts';
import { useWayBack } from '../way-back';

interface Props {
  readonly title: string;
  readonly children: ReactNode;
}

export function SubPage({ title, children }: Props): ReactNode {
  const { texts } = useTexts();
  const back = useWayBack({ label: texts.account.title, href: '/me' });
  return (
    <Page title={title} back={back}>
      {children}
    </Page>
  );
}

/** A part of such a page under a heading of its own. */
export function Part({ title, children }: Props): ReactNode {
  return (
    <section className="flex flex-col gap-3">
      <h2 className="font-semibold">{title}</h2>
      {children}
    </section>
  );
}
