/** Rows of which one is chosen: radio buttons underneath, so that keys and screen readers know what it is. */
import type { ReactNode } from 'react';

interface Props<T extends string> {
  readonly legend: string;
  readonly name: string;
  readonly options: readonly { readonly value: T; readonly label: ReactNode }[];
  readonly value: T | undefined;
  /** Side by side, wrapped; else one below the other. */
  readonly chips?: boolean;
  choose(value: T): void;
}

export function Choice<T extends string>({ legend, name, options, value, chips = false, choose }: Props<T>) {
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-2 text-sm font-medium text-soft">{legend}</legend>
      <div className={chips ? 'flex flex-wrap gap-2' : 'flex flex-col gap-2'}>
        {options.map((option) => (
          <label
            key={option.value}
            className={`flex min-h-11 items-center gap-3 border border-line has-checked:border-brand has-checked:bg-tint
              has-focus-visible:outline-3 has-focus-visible:outline-offset-2 has-focus-visible:outline-brand
              ${chips ? 'rounded-full px-4 py-1.5' : 'rounded-2xl p-4'}`}
          >
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={value === option.value}
              onChange={() => choose(option.value)}
              className={chips ? 'sr-only' : 'h-5 w-5 shrink-0 accent-(--brand)'}
            />
            <span className="min-w-0 grow">{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
