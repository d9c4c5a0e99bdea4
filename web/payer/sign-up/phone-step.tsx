import { useQuery } from '@tanstack/react-query';
import type { FormEvent, ReactNode } from 'react';
import { Button } from '../../shared/ui/button';
import { Skeleton } from '../../shared/ui/skeleton';
import { PhoneField } from '../account/fields';
import { consentsQuery } from '../data';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';
import type { StepProps } from './form';

export function PhoneStep({ form, error, busy, fill, next }: StepProps): ReactNode {
  const { texts } = useTexts();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!busy) next();
  };
  return (
    <form className="flex flex-col gap-6" onSubmit={submit}>
      <PhoneField label={texts.signUp.phone} value={form.phone} error={error} fill={(phone) => fill({ phone })} />
      <Consents agreed={form.agreed} agree={(agreed) => fill({ agreed })} />
      <Button type="submit" busy={busy}>
        {texts.signUp.send}
      </Button>
    </form>
  );
}

interface ConsentsProps {
  readonly agreed: readonly string[];
  agree(agreed: readonly string[]): void;
}

const ROW = 'flex min-h-11 items-center gap-3';
const BOX = 'h-5 w-5 shrink-0 accent-(--brand)';

function Consents({ agreed, agree }: ConsentsProps): ReactNode {
  const { texts, said } = useTexts();
  const { data, error, refetch } = useQuery(consentsQuery);
  if (error) return <SaidError error={error} again={() => void refetch()} />;
  if (!data) return <Skeleton label={texts.loading} />;
  const kinds = data.items.map(({ kind }) => kind as string);
  const turn = (kind: string, on: boolean) => agree(on ? [...agreed, kind] : agreed.filter((one) => one !== kind));
  return (
    <fieldset className="flex flex-col">
      <legend className="mb-1 text-sm font-medium text-soft">{texts.signUp.consents}</legend>
      <label className={`${ROW} border-b border-line font-semibold`}>
        <input
          type="checkbox"
          className={BOX}
          checked={kinds.every((kind) => agreed.includes(kind))}
          onChange={(event) => agree(event.target.checked ? kinds : [])}
        />
        {texts.signUp.all}
      </label>
      {data.items.map(({ kind, title, required }) => (
        <label key={kind} className={ROW}>
          <input
            type="checkbox"
            className={BOX}
            required={required}
            checked={agreed.includes(kind)}
            onChange={(event) => turn(kind, event.target.checked)}
          />
          <span>
            {said(title)}{' '}
            <span className="text-soft">({required ? texts.signUp.required : texts.signUp.optional})</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
