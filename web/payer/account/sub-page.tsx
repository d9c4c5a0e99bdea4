/** A page below the member's own, with the way back to it. */
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import { Page } from '../../shared/ui/page';
import { useTexts } from '../texts/texts';

interface Props {
  readonly title: string;
  readonly children: ReactNode;
}

export function SubPage({ title, children }: Props): ReactNode {
  const { texts } = useTexts();
  const [, go] = useLocation();
  return (
    <Page title={title} back={{ label: texts.back, go: () => go('/me') }}>
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
