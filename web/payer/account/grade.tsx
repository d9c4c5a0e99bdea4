/** The member's grade, and how far the next one is, in words beside the bar. */
import type { ReactNode } from 'react';
import { rateText, wonText } from '../../shared/format';
import type { Me } from '../data';
import { useTexts } from '../texts/texts';
import { Part } from './sub-page';

/** Browsers draw it each in their own way, and with too little contrast. */
const BAR = `h-2 w-full appearance-none overflow-hidden rounded-full bg-line [&::-webkit-progress-bar]:bg-line
  [&::-webkit-progress-value]:bg-brand [&::-moz-progress-bar]:bg-brand`;

export function Grade({ me }: { readonly me: Me }): ReactNode {
  const { texts, language, said } = useTexts();
  const { grade, nextGrade } = me;
  const words = texts.account.grade;
  const money = (amount: number) => wonText(amount, language);
  return (
    <Part title={words.title}>
      <div className="flex flex-col gap-2 rounded-2xl bg-raised p-4">
        <p className="font-semibold">{words.now(said(grade.name), rateText(grade.feeBps))}</p>
        {nextGrade ? (
          <>
            <p className="text-soft">{words.next(said(nextGrade.name), rateText(nextGrade.feeBps))}</p>
            <progress
              className={BAR}
              aria-label={words.done(money(nextGrade.completedThisMonth), money(nextGrade.fromPrincipal))}
              value={Math.min(nextGrade.completedThisMonth, nextGrade.fromPrincipal)}
              max={nextGrade.fromPrincipal}
            />
            <p className="text-sm text-soft">
              {words.done(money(nextGrade.completedThisMonth), money(nextGrade.fromPrincipal))}
            </p>
            <p>{nextGrade.missing > 0 ? words.missing(money(nextGrade.missing)) : words.reached}</p>
          </>
        ) : (
          <p className="text-soft">{words.top}</p>
        )}
      </div>
    </Part>
  );
}
