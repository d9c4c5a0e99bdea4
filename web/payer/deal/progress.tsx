/** How far the money came: charged, sent, arrived; or refunded. */
import type { ReactNode } from 'react';
import type { Deal } from '../data';
import { useTexts } from '../texts/texts';

type Reached = 'done' | 'now' | 'later';

const MARKS: Readonly<Record<Reached, { readonly box: string; readonly sign: string }>> = {
  done: { box: 'bg-brand text-on-brand', sign: '✓' },
  now: { box: 'border-2 border-brand text-brand', sign: '•' },
  later: { box: 'border-2 border-line text-soft', sign: '' },
};

/** Of the three steps, in their order, how far each is in this state. */
const REACHED: Readonly<Record<Deal['status'], readonly Reached[]>> = {
  PENDING: ['now', 'later', 'later'],
  PAID: ['done', 'now', 'later'],
  TRANSFERRING: ['done', 'now', 'later'],
  TRANSFER_FAILED: ['done', 'now', 'later'],
  COMPLETED: ['done', 'done', 'done'],
  REFUNDED: ['done', 'done'],
  CANCELLED: [],
};

export function Progress({ deal }: { readonly deal: Deal }): ReactNode {
  const { texts } = useTexts();
  const { charged, sent, arrived, refunded } = texts.deal;
  const names = deal.status === 'REFUNDED' ? [charged, refunded] : [charged, sent, arrived];
  const reached = REACHED[deal.status];
  if (reached.length === 0) return null;
  return (
    <ol aria-label={texts.deal.steps} className="flex justify-between">
      {names.map((name, index) => {
        const { box, sign } = MARKS[reached[index] ?? 'later'];
        return (
          <li
            key={name}
            aria-current={reached[index] === 'now' ? 'step' : undefined}
            className="flex flex-1 flex-col items-center gap-2 text-sm"
          >
            <span
              aria-hidden="true"
              className={`flex h-8 w-8 items-center justify-center rounded-full font-bold ${box}`}
            >
              {sign}
            </span>
            <span className={reached[index] === 'later' ? 'text-soft' : 'font-semibold'}>
              {name}
              <span className="sr-only"> {texts.deal.reached[reached[index] ?? 'later']}</span>
            </span>
          </li>
        );
      })}
    </ol>
  );
}
