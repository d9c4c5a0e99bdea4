/** One text that the member agreed to, or may agree to. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { taken } from '../../shared/answers';
import type { components } from '../../shared/api';
import { api } from '../../shared/client';
import { dateText } from '../../shared/format';
import { Button } from '../../shared/ui/button';
import { ownConsentsQuery } from '../data';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';

type OwnConsent = components['schemas']['Consent'];

export function Consent({ consent }: { readonly consent: OwnConsent }): ReactNode {
  const { texts, language, said } = useTexts();
  const words = texts.account.consents;
  const { kind, title, required, version, given, givenVersion, changedAt } = consent;
  const change = useChange();
  /** What was chosen shows at once, and is taken back when it could not be saved. */
  const wanted = change.isPending ? change.variables.marketing : undefined;
  const isOutdated = given && givenVersion !== version;
  return (
    <li className="flex flex-col gap-2 rounded-2xl border border-line p-4">
      <p className="font-semibold">
        {said(title)}{' '}
        <span className="font-normal text-soft">({required ? texts.signUp.required : texts.signUp.optional})</span>
      </p>
      <p className="text-sm text-soft">
        {given && changedAt ? words.agreed(givenVersion ?? version, dateText(changedAt, language)) : words.notAgreed}
      </p>
      {isOutdated && <p className="text-sm text-warn">{words.outdated(version)}</p>}
      {required && (isOutdated || !given) && (
        <Button look="quiet" busy={change.isPending} onClick={() => change.mutate({ [kind]: version })}>
          {words.agree}
        </Button>
      )}
      {kind === 'marketing' && <Marketing given={wanted ?? given} set={(marketing) => change.mutate({ marketing })} />}
      {change.error && <SaidError error={change.error} />}
    </li>
  );
}

interface MarketingProps {
  readonly given: boolean;
  set(given: boolean): void;
}

function Marketing({ given, set }: MarketingProps): ReactNode {
  const { texts } = useTexts();
  return (
    <label className="flex min-h-11 items-center gap-3">
      <input
        type="checkbox"
        className="h-5 w-5 shrink-0 accent-(--brand)"
        checked={given}
        onChange={(event) => set(event.target.checked)}
      />
      <span>
        {texts.account.consents.marketing}
        <span className="block text-sm text-soft">{texts.account.consents.marketingHint}</span>
      </span>
    </label>
  );
}

type Change = Partial<Record<Exclude<OwnConsent['kind'], 'marketing'>, string>> & { marketing?: boolean };

function useChange() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: Change) => taken(api.PUT('/v1/users/me/consents', { body })),
    onSuccess: (consents) => queryClient.setQueryData(ownConsentsQuery.queryKey, consents),
  });
}
