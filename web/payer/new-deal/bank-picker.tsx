/** The bank of an account: a button that opens all of them. */
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useId, useState } from 'react';
import type { components } from '../../shared/api';
import { Sheet } from '../../shared/ui/sheet';
import { Skeleton } from '../../shared/ui/skeleton';
import { banksQuery } from '../data';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';

type Bank = components['schemas']['Bank'];

interface Props {
  readonly chosen: Bank['code'] | undefined;
  readonly error: string | undefined;
  choose(code: Bank['code']): void;
}

export function BankPicker({ chosen, error, choose }: Props): ReactNode {
  const { texts, said } = useTexts();
  const { data } = useQuery(banksQuery);
  const [open, setOpen] = useState(false);
  const id = useId();
  const bank = data?.items.find(({ code }) => code === chosen);
  return (
    <div className="flex flex-col gap-1.5">
      <span id={id} className="text-sm font-medium text-soft">
        {texts.recipient.bank}
      </span>
      <button
        type="button"
        aria-labelledby={`${id} ${id}-value`}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
        className={`min-h-12 rounded-xl border px-3.5 text-left text-lg ${error ? 'border-bad' : 'border-line'}`}
      >
        <span id={`${id}-value`} className={bank ? '' : 'text-soft'}>
          {bank ? said(bank.name) : texts.recipient.pickBank}
        </span>
      </button>
      {error && (
        <p role="alert" className="text-sm text-bad">
          {error}
        </p>
      )}
      {open && (
        <Sheet title={texts.recipient.pickBank} closeLabel={texts.close} onClose={() => setOpen(false)}>
          <Banks
            choose={(code) => {
              choose(code);
              setOpen(false);
            }}
          />
        </Sheet>
      )}
    </div>
  );
}

function Banks({ choose }: Pick<Props, 'choose'>): ReactNode {
  const { texts, said } = useTexts();
  const { data, error, refetch } = useQuery(banksQuery);
  if (!data)
    return error ? <SaidError error={error} again={() => void refetch()} /> : <Skeleton label={texts.loading} />;
  return (
    <ul className="grid grid-cols-2 gap-2">
      {data.items.map(({ code, name, open }) => (
        <li key={code}>
          <button
            type="button"
            onClick={() => choose(code)}
            className="flex min-h-14 w-full flex-col justify-center rounded-xl bg-raised px-3 py-2 text-left"
          >
            <span className="font-medium">{said(name)}</span>
            {!open && <span className="text-sm text-warn">{texts.recipient.closed}</span>}
          </button>
        </li>
      ))}
    </ul>
  );
}
