/** One plan from its first act to its verdict. */
import { setTimeout as delay } from 'node:timers/promises';
import { playAct, playSystemAct } from './acts';
import { judgeEnd, judgeMeanwhile } from './judge';
import { mendAll } from './mend';
import type { DealAct, Plan } from './plan';
import { type Deal, ENDED, openStage, rowOf, type Stage } from './stage';
import { Broken } from './words';

/** A deal that does not come to rest by then is met in motion, ms. */
const REST_MAX_MS = 2_500;
const LOOK_EVERY_MS = 50;
/** What has been seen so often, so far apart, ms, is no motion any more. */
const LASTING_LOOKS = 6;
const LOOK_AGAIN_MS = 700;

export interface Played {
  /** Answers that people heard. */
  readonly acts: number;
  /** Deals by their status in the end. */
  readonly ends: Readonly<Record<string, number>>;
  /** Of each deal, what was drawn and what people heard. */
  readonly told: string;
}

/** Plays it; `only`: of its deals these alone. Throws `Broken` with everything that does not hold. */
export async function play(drawn: Plan, only?: readonly number[]): Promise<Played> {
  const plan = { ...drawn, deals: drawn.deals.filter((_, index) => only === undefined || only.includes(index)) };
  if (plan.deals.length === 0) throw new Broken(`the plan has only ${drawn.deals.length} deals, counted from 0`);
  const stage = await openStage(plan);
  const indexOf = (deal: Deal) => drawn.deals.indexOf(deal.plan);
  const told = (deals: readonly Deal[]) => deals.map((deal) => storyOf(deal, indexOf(deal))).join('\n');
  try {
    const broken = await playOn(stage, plan);
    const named = stage.deals.filter(({ dealNo }) => broken.some((fact) => fact.includes(dealNo)));
    if (broken.length > 0) throw new Broken(`${broken.join('\n')}\n\n${told(named)}`, named.map(indexOf));
    const acts = stage.deals.reduce((sum, { heard }) => sum + heard.length, 0);
    return { acts, ends: await endsOf(stage), told: told(stage.deals) };
  } catch (error) {
    if (error instanceof Broken) throw error;
    throw new Broken(`${(error as Error).stack}\n\n${told(stage.deals)}`);
  } finally {
    await stage.house.stop();
  }
}

async function playOn(stage: Stage, plan: Plan): Promise<string[]> {
  const progress = { done: 0 };
  const watching = watch(() => judgeMeanwhile(stage));
  await Promise.all([...stage.deals.map((deal) => playDeal(stage, deal, progress)), playSystem(stage, plan, progress)]);
  await Promise.all(stage.deals.flatMap(({ confirms }) => confirms));
  const meanwhile = await watching.end();
  await mendAll(stage);
  return [...meanwhile, ...(await watch(() => judgeEnd(stage)).end())];
}

interface Progress {
  done: number;
}

async function playDeal(stage: Stage, deal: Deal, progress: Progress): Promise<void> {
  for (const { act, when, pick } of deal.plan.acts) {
    await itsTime(stage, deal, when);
    await playAct(stage, deal, act, pick);
    progress.done += 1;
  }
}

async function itsTime(stage: Stage, deal: Deal, when: DealAct['when']): Promise<void> {
  if (when === 'at-once') return;
  for (const until = performance.now() + REST_MAX_MS; performance.now() < until; await delay(LOOK_EVERY_MS)) {
    const { confirmed_at: confirmedAt, status, waiting_reason: reason } = await rowOf(stage, deal.id);
    const isAtRest = reason !== null || ENDED.includes(status);
    if (confirmedAt !== null && (when === 'begun' || isAtRest)) return;
  }
}

/** Its acts are spread over those of the deals, and not over time; the first follows as many as there are first confirms. */
async function playSystem(stage: Stage, { system, deals }: Plan, progress: Progress): Promise<void> {
  const [all, confirms] = [deals.reduce((sum, { acts }) => sum + acts.length, 0), deals.length];
  for (const [index, act] of system.entries()) {
    const due = confirms + Math.floor(((index + 1) * (all - confirms)) / (system.length + 1));
    while (progress.done < due) await delay(LOOK_EVERY_MS);
    await playSystemAct(stage, act);
  }
}

interface Watch {
  /** Looks until every fact is gone or has lasted; answers with those that have lasted at any time. */
  end(): Promise<string[]>;
}

/** Looks again and again. A fact counts when it has lasted: before that its deal is in motion. */
function watch(look: () => Promise<string[]>): Watch {
  const broken = new Set<string>();
  let ending = false;
  const looking = (async () => {
    for (let lasted = new Map<string, number>(); ; await delay(LOOK_AGAIN_MS)) {
      const facts = await look();
      lasted = new Map(facts.map((fact) => [fact, (lasted.get(fact) ?? 0) + 1]));
      for (const [fact, looks] of lasted) if (looks >= LASTING_LOOKS) broken.add(fact);
      if (ending && facts.every((fact) => broken.has(fact))) return [...broken];
    }
  })();
  looking.catch(() => undefined); // told by its end
  return {
    end() {
      ending = true;
      return looking;
    },
  };
}

/** What was drawn for it, and what people heard. */
const storyOf = ({ dealNo, plan, heard }: Deal, index: number): string =>
  `${index}: ${dealNo}\n  plan  ${JSON.stringify(plan)}\n  heard ${heard.join('\n        ')}`;

async function endsOf({ house }: Stage): Promise<Record<string, number>> {
  const rows: { status: string; n: string }[] = await house
    .db('deals')
    .groupBy('status')
    .select('status')
    .count('* as n');
  return Object.fromEntries(rows.map(({ status, n }) => [status, Number(n)]));
}
