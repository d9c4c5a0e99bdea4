/** Buttons: one main action a page, others beside it. While it is busy a second press does nothing. */
import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { Spinner } from './spinner';

const LOOKS = {
  main: 'bg-brand text-on-brand',
  quiet: 'bg-raised text-ink',
  danger: 'bg-raised text-bad',
  text: 'text-brand underline underline-offset-4',
} as const;

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: keyof typeof LOOKS;
  readonly busy?: boolean;
  readonly children: ReactNode;
}

export function Button({ look = 'main', busy = false, className = '', children, onClick, ...rest }: Props) {
  return (
    <button
      type="button"
      aria-disabled={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
      className={`inline-flex min-h-12 items-center justify-center gap-2 rounded-xl px-4 py-2.5 font-semibold
        active:brightness-90 disabled:cursor-not-allowed disabled:bg-raised disabled:text-soft
        ${LOOKS[look]} ${className}`}
      {...rest}
    >
      {busy && <Spinner />}
      {children}
    </button>
  );
}
