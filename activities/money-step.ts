/**
 * Intent → ask → result, for everything that moves money at a provider (spec §5). The intent is committed before anyone
 * is asked and the result with its books in one transaction after it, so a worker that dies between the two asks again,
 * under the same key.
 */
import type { Db, Trx } from '../db/connection';
import { noteUnknown } from '../db/deals';
import type { Ruling } from '../workflows/deal/messages';
import type { DealId } from '../workflows/domain/ids';
import type { Leg } from '../workflows/domain/provider-news';
import { ProviderError } from '../workflows/domain/providers';

/** What was decided before, or what to ask about; `fresh`: nobody has been asked about it yet. */
export type Intent<Row, Outcome> = { readonly outcome: Outcome } | { readonly row: Row; readonly fresh: boolean };

interface MoneyStep<Row, Answer, Outcome> {
  readonly dealId: DealId;
  /** What the deal waits to hear of while no answer has come; null when it goes its own way meanwhile. */
  readonly waitsFor: Leg | null;
  readonly ruling: Ruling | undefined;
  /** Finds the intent, or commits it. */
  open(trx: Trx, at: Date): Promise<Intent<Row, Outcome>>;
  /** Asks the provider; throws ProviderError when its answer decides nothing. */
  ask(row: Row, fresh: boolean): Promise<Answer>;
  /** The operator's word in the provider's place. */
  rule(ruling: Ruling, at: Date): Answer;
  /** The provider's answer contradicted the request. */
  contradicted?(row: Row): Promise<void>;
  /** Row, journal and edge; another worker's result stands. `ruling`: it was this that decided. */
  close(trx: Trx, row: Row, answer: Answer, ruling: Ruling | undefined, at: Date): Promise<Outcome>;
}

interface StepDeps {
  readonly db: Db;
  readonly clock: () => Date;
}

/** Takes the step. Safe to run twice, and in two workers at once. */
export async function takeMoneyStep<Row, Answer, Outcome>(
  { db, clock }: StepDeps,
  step: MoneyStep<Row, Answer, Outcome>,
): Promise<Outcome> {
  const intent = await db.transaction((trx) => step.open(trx, clock()));
  if ('outcome' in intent) return intent.outcome;
  const { row, fresh } = intent;
  // A ruling decides what was sent before, never an intent that has only now been made.
  const ruling = fresh ? undefined : step.ruling;
  const answer = ruling
    ? step.rule(ruling, clock())
    : await step.ask(row, fresh).catch(async (error: unknown) => {
        if (error instanceof ProviderError) {
          if (step.waitsFor) await noteUnknown(db, step.dealId, step.waitsFor, clock());
          if (error.kind === 'ContractBroken') await step.contradicted?.(row);
        }
        throw error;
      });
  return db.transaction((trx) => step.close(trx, row, answer, ruling, clock()));
}
