/** A labelled choice of one out of many; what stands in it are `option`s. */
import { type ReactNode, type SelectHTMLAttributes, useId } from 'react';

interface Props extends Omit<SelectHTMLAttributes<HTMLSelectElement>, 'id'> {
  readonly label: string;
  readonly hint?: string;
  readonly children: ReactNode;
}

export function Select({ label, hint, children, ...select }: Props): ReactNode {
  const id = useId();
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-sm font-medium text-soft">
        {label}
      </label>
      <select
        id={id}
        aria-describedby={hint && `${id}-hint`}
        className="min-h-12 rounded-xl border border-line bg-ground px-3 text-lg"
        {...select}
      >
        {children}
      </select>
      {hint && (
        <p id={`${id}-hint`} className="text-sm text-soft">
          {hint}
        </p>
      )}
    </div>
  );
}
