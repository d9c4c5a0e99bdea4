/** A browser where the member is, or was, logged in. */
import type { ReactNode } from 'react';
import { Button } from '../../shared/ui/button';
import { useTexts } from '../texts/texts';

interface Props {
  /** As the API tells it: `unknown`, or browser and system. */
  readonly label: string;
  readonly time: string;
  readonly current: boolean;
  /** Not offered for the one in use. */
  readonly end: { readonly name: string; readonly busy: boolean; nameOf(label: string): string; act(): void };
}

export function Place({ label, time, current, end }: Props): ReactNode {
  const { texts } = useTexts();
  const words = texts.account.security;
  const name = label === 'unknown' ? words.unknown : label;
  return (
    <li className="flex min-h-16 items-center justify-between gap-3 rounded-2xl border border-line p-4">
      <span className="flex min-w-0 flex-col">
        <span className="font-semibold">{name}</span>
        <span className="text-sm text-soft">{time}</span>
      </span>
      {current ? (
        <span className="shrink-0 text-sm font-semibold text-brand">{words.here}</span>
      ) : (
        <Button
          look="danger"
          busy={end.busy}
          className="shrink-0 text-sm"
          aria-label={end.nameOf(name)}
          onClick={end.act}
        >
          {end.name}
        </Button>
      )}
    </li>
  );
}
