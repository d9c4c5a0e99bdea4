/** What can be done with one row of a list: each button names the row to screen readers. */
import type { ReactNode } from 'react';
import { Button } from '../shared/ui/button';
import { useTexts } from './texts/texts';

interface Act {
  readonly label: string;
  readonly look?: 'danger';
  readonly busy?: boolean;
  act(): void;
}

/** `of`: what the row is about, as it is read. */
export function RowButtons({ of, acts }: { readonly of: string; readonly acts: readonly Act[] }): ReactNode {
  const { texts } = useTexts();
  return (
    <div className="flex flex-wrap gap-2">
      {acts.map(({ label, look, busy, act }) => (
        <Button
          key={label}
          look={look ?? 'quiet'}
          busy={busy ?? false}
          aria-label={texts.of(label, of)}
          className="px-3 text-sm"
          onClick={act}
        >
          {label}
        </Button>
      ))}
    </div>
  );
}
