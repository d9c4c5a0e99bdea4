/** A labelled field with its hint and its error, which screen readers read with it. */
import { type InputHTMLAttributes, type ReactNode, useEffect, useId, useRef } from 'react';

interface Props extends Omit<InputHTMLAttributes<HTMLInputElement>, 'id'> {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
  /** Beside the input, e.g. a button that sends a code. */
  readonly beside?: ReactNode;
  /** The focus comes to it once it shows: it is the next thing to be typed. */
  readonly takesFocus?: boolean | undefined;
}

export function Field({ label, hint, error, beside, takesFocus, className = '', ...rest }: Props) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (takesFocus) input.current?.focus();
  }, [takesFocus]);
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-sm font-medium text-soft">
        {label}
      </label>
      <div className="flex gap-2">
        <input
          ref={input}
          id={id}
          aria-invalid={error ? true : undefined}
          aria-describedby={described || undefined}
          className={`min-h-12 w-full min-w-0 rounded-xl border bg-ground px-3.5 text-lg
            ${error ? 'border-bad' : 'border-line'} ${className}`}
          {...rest}
        />
        {beside}
      </div>
      {hint && (
        <p id={`${id}-hint`} className="text-sm text-soft">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} role="alert" className="text-sm text-bad">
          {error}
        </p>
      )}
    </div>
  );
}
