/** Says that a newer build is there, and loads it when the person wants it. */
import type { ReactNode } from 'react';
import { Button } from '../../shared/ui/button';
import { useTexts } from '../texts/texts';
import { useFreshBuild } from './worker';

export function FreshBuild(): ReactNode {
  const { texts } = useTexts();
  const load = useFreshBuild();
  if (!load) return null;
  return (
    <div
      role="status"
      className="mx-auto flex max-w-[30rem] items-center justify-between gap-3 bg-tint px-5 py-2 print:hidden"
    >
      {texts.account.installed.fresh}
      <Button look="text" onClick={load}>
        {texts.account.installed.reload}
      </Button>
    </div>
  );
}
