/** How much, and what for: the fee and the total follow every key; limits are said before they are met. */
import { useQuery } from '@tanstack/react-query';
import type { FormEvent, ReactNode } from 'react';
import { useLocation } from 'wouter';
import { quote } from '../../../workflows/domain/fees';
import { won } from '../../../workflows/domain/money';
import { CATEGORY_WORDS } from '../../../workflows/domain/words/deal';
import { rateText, timeText, wonText } from '../../shared/format';
import { serverNow } from '../../shared/server-clock';
import { Button } from '../../shared/ui/button';
import { Choice } from '../../shared/ui/choice';
import { Field } from '../../shared/ui/field';
import { Notice } from '../../shared/ui/notice';
import { Page } from '../../shared/ui/page';
import { Skeleton } from '../../shared/ui/skeleton';
import { type Deal, type Me, meQuery, quoteQuery } from '../data';
import { useDraft } from '../draft';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';
import { AmountField } from './amount-field';
import { useSettled } from './settled';

const PURPOSE_MAX = 50;
const CATEGORIES = Object.keys(CATEGORY_WORDS) as Deal['category'][];

export function AmountStep({ recipientId }: { readonly recipientId: string }): ReactNode {
  const { texts } = useTexts();
  const [, go] = useLocation();
  const { data: me, error, refetch } = useQuery(meQuery);
  return (
    <Page title={texts.amount.title} back={{ label: texts.back, go: () => go('/new/recipient') }}>
      {me && <AmountForm me={me} recipientId={recipientId} next={() => go('/new/card')} />}
      {!me && (error ? <SaidError error={error} again={() => void refetch()} /> : <Skeleton label={texts.loading} />)}
    </Page>
  );
}

interface FormProps {
  readonly me: Me;
  readonly recipientId: string;
  next(): void;
}

function AmountForm({ me, recipientId, next }: FormProps): ReactNode {
  const { texts, said } = useTexts();
  const { principal = 0, purpose = '', category, fill } = useDraft();
  const { min, max } = me.limits.perDeal;
  const isPossible = principal >= min && principal <= max;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isPossible) next();
  };
  return (
    <form className="flex grow flex-col gap-6" onSubmit={submit}>
      <AmountField amount={principal} max={max} set={(amount) => fill({ principal: amount })} />
      <Cost principal={principal} me={me} recipientId={isPossible ? recipientId : undefined} />
      <Choice
        legend={texts.amount.category}
        name="category"
        chips
        options={CATEGORIES.map((value) => ({ value, label: said(CATEGORY_WORDS[value]) }))}
        value={category}
        choose={(one) => fill({ category: one })}
      />
      <Field
        label={texts.amount.purpose}
        hint={texts.amount.purposeHint}
        required
        maxLength={PURPOSE_MAX}
        pattern=".*\S.*"
        value={purpose}
        onChange={(event) => fill({ purpose: event.target.value })}
      />
      <Button type="submit" disabled={!isPossible} className="mt-auto">
        {texts.next}
      </Button>
    </form>
  );
}

interface CostProps {
  readonly principal: number;
  readonly me: Me;
  /** Undefined while the amount is none that a deal may have: then nothing is asked of the server. */
  readonly recipientId: string | undefined;
}

function Cost({ principal, me, recipientId }: CostProps): ReactNode {
  const { texts, language } = useTexts();
  const { feeBps } = me.grade;
  const { fee, total } = quote(won(principal), feeBps);
  const { min, max } = me.limits.perDeal;
  const settled = useSettled(principal);
  const { data } = useQuery({ ...quoteQuery(settled, recipientId ?? ''), enabled: recipientId !== undefined });
  const told = recipientId !== undefined && data?.principal === principal ? data : undefined;
  return (
    <div className="flex flex-col gap-3">
      <dl className="flex flex-col gap-2 rounded-2xl bg-raised p-4">
        <div className="flex justify-between gap-4">
          <dt className="text-soft">{texts.amount.fee(rateText(feeBps))}</dt>
          <dd className="tabular-nums">{wonText(fee, language)}</dd>
        </div>
        <div className="flex justify-between gap-4 font-semibold">
          <dt>{texts.amount.total}</dt>
          <dd className="tabular-nums">{wonText(total, language)}</dd>
        </div>
      </dl>
      {recipientId === undefined && (
        <p className="text-sm text-soft">{texts.amount.between(wonText(min, language), wonText(max, language))}</p>
      )}
      {told && !told.withinLimits && (
        <Notice look="warn">
          {texts.amount.exceeds(wonText(told.limits.amountLeft, language), told.limits.dealsLeft)}
        </Notice>
      )}
      {told?.withinLimits && told.arrival && (
        <p className="text-sm text-soft">
          {told.arrival.opensAt
            ? texts.amount.opens(timeText(told.arrival.opensAt, language, serverNow()))
            : texts.amount.soon}
        </p>
      )}
    </div>
  );
}
