/** What a set of rules would have said of the past: the same function judges, over what was stored. */
import type { Measures } from './risk-measures';
import { judge, type RiskSet, type RuleAnswer } from './risk-rules';

interface Past {
  readonly measures: Measures;
  readonly chargedBack: boolean;
}

type Verdict = ReturnType<typeof judge>['verdict'];

interface Seen {
  decisions: number;
  /** Of these, charges that ended in a chargeback. */
  chargedBack: number;
}

export interface Backtest {
  readonly verdicts: Readonly<Record<Verdict, Seen>>;
  /** What each rule answered, by its id; a measure that was not stored is `unknown`. */
  readonly rules: Readonly<Record<string, Readonly<Record<RuleAnswer, number>> & { readonly chargedBack: number }>>;
}

/** A backtest over pages of decisions; keeps nothing of them but counts. */
export async function backtest(set: RiskSet, pages: AsyncIterable<readonly Past[]>): Promise<Backtest> {
  const none = (): Seen => ({ decisions: 0, chargedBack: 0 });
  const verdicts = { BLOCK: none(), ALERT: none(), HOLD: none(), PASS: none() };
  const asked = set.rules.filter(({ mode }) => mode !== 'off');
  const rules = Object.fromEntries(asked.map(({ id }) => [id, { yes: 0, no: 0, unknown: 0, chargedBack: 0 }]));
  for await (const page of pages)
    for (const { measures, chargedBack } of page) {
      const { verdict, answers } = judge(set, measures);
      verdicts[verdict].decisions += 1;
      if (chargedBack) verdicts[verdict].chargedBack += 1;
      for (const [id, answer] of Object.entries(answers)) {
        const told = rules[id];
        if (!told) continue;
        told[answer] += 1;
        if (answer === 'yes' && chargedBack) told.chargedBack += 1;
      }
    }
  return { verdicts, rules };
}
