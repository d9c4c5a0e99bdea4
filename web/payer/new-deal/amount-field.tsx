/** An amount of won: digits with commas, how a Korean says it, and keys for what people send most. */
import { type ReactNode, useId } from 'react';
import { hangulAmount } from '../../shared/hangul-amount';
import { useTexts } from '../texts/texts';

interface Props {
  readonly amount: number;
  readonly max: number;
  set(amount: number): void;
}

const KEYS = [10_000, 50_000, 100_000, 1_000_000];
/** More digits than any amount that can be sent: what is typed beyond them is left out. */
const DIGITS_MAX = 9;
const KEY = 'min-h-11 rounded-full bg-raised px-4 font-medium';

const digitsOf = (text: string): string => text.replace(/\D/g, '');

/** The place in the text that has so many digits before it. */
function placeAfter(text: string, count: number): number {
  for (let place = 0, seen = 0; place <= text.length; place++) {
    if (seen === count) return place;
    if (/\d/.test(text[place] ?? '')) seen += 1;
  }
  return text.length;
}

export function AmountField({ amount, max, set }: Props): ReactNode {
  const { texts, language } = useTexts();
  const id = useId();
  const digits = new Intl.NumberFormat('ko-KR');
  const shown = (value: number) => (value === 0 ? '' : digits.format(value));
  /** The field shows what is sent, whatever was typed; the caret stays behind the digit that it was behind. */
  const type = (input: HTMLInputElement) => {
    const before = digitsOf(input.value.slice(0, input.selectionStart ?? input.value.length)).length;
    const value = Number(digitsOf(input.value).slice(0, DIGITS_MAX));
    input.value = shown(value);
    const caret = placeAfter(input.value, before);
    input.setSelectionRange(caret, caret);
    set(value);
  };
  const keyText = (key: number) => (language === 'ko' ? hangulAmount(key).replace(' 원', '') : digits.format(key));
  return (
    <div className="flex flex-col gap-3">
      <label htmlFor={id} className="text-sm font-medium text-soft">
        {texts.amount.label}
      </label>
      <div className="flex items-baseline gap-2 border-b-2 border-line pb-1 focus-within:border-brand">
        <input
          id={id}
          inputMode="numeric"
          autoComplete="off"
          required
          aria-describedby={`${id}-read`}
          value={shown(amount)}
          onChange={(event) => type(event.currentTarget)}
          className="w-full min-w-0 bg-transparent text-4xl font-bold tabular-nums outline-none"
        />
        <span aria-hidden="true" className="text-2xl font-semibold">
          {texts.amount.unit}
        </span>
      </div>
      <p id={`${id}-read`} aria-live="polite" className={`min-h-6 ${amount > max ? 'text-bad' : 'text-soft'}`}>
        {language === 'ko' ? hangulAmount(amount) : ''}
      </p>
      <div className="flex flex-wrap gap-2">
        {KEYS.map((key) => (
          <button key={key} type="button" className={KEY} onClick={() => set(Math.min(amount + key, max))}>
            {texts.amount.plus(keyText(key))}
          </button>
        ))}
        <button type="button" className={`${KEY} text-soft`} onClick={() => set(0)}>
          {texts.amount.clear}
        </button>
      </div>
    </div>
  );
}
