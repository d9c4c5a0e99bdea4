/**
 * `node --import tsx test/histories/record.ts [name …]`: plays the scenarios on a real stack of its own and writes the history of
 * each deal's workflow, as it stands where the scenario stops, to `<name>.json` beside this file: in the clear, to be
 * read and looked through; one of them encrypted too.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { stopLeg } from '../../db/stop-switches';
import { createCodec } from '../../infra/temporal/codec';
import { TEST_DATA_KEYS } from '../fixtures/data-keys';
import { liftStopOf } from '../fixtures/operator';
import setUp from '../servers/global-setup';
import tearDown from '../servers/global-teardown';
import { type House, startHouse } from '../servers/house';
import { inTheClear, underOtherKeys } from './payloads';
import { PATIENT, type Scenario } from './plays';
import { SCENARIOS } from './scenarios';
import { AT_NIGHT, WHILE_STOPPED } from './scenarios-reopened';
import { StagedDeal } from './stage';

/** So many are played at once: a busy machine still gives each its connections in time. */
const LANES = 6;

/** Every scenario with a fault has a card of its own, on which that fault is matched. */
const cardOf = ({ card, fault }: Scenario, index: number): string | undefined => (fault ? `${7_000 + index}` : card);

/** Who ran it, and where its source lies, are no part of a history that is kept. */
function withoutTraces(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (key === 'identity') return [key, 'recorded'];
      if (key === 'stackTrace') return [key, ''];
      // The name of a worker's sticky queue begins with its identity.
      if (key === 'name' && typeof inner === 'string' && /^\d+@/.test(inner)) return [key, 'recorded-sticky'];
      return [key, inner];
    }),
  );
}

const write = (name: string, history: unknown): void =>
  writeFileSync(join(__dirname, `${name}.json`), `${JSON.stringify(history, withoutTraces)}\n`);

async function record(house: House, scenario: Scenario, card: string | undefined): Promise<void> {
  const { name, account, bankCode, principal, policy } = scenario;
  const cast = {
    ...(card && { card }),
    ...(account && { account }),
    ...(bankCode && { bankCode }),
    ...(principal && { principal }),
  };
  const deal = await StagedDeal.make(house, { ...cast, policy: { ...PATIENT, ...policy } });
  await scenario.play(deal);
  const stored = JSON.parse(historyToJSON(await deal.handle.fetchHistory()));
  const codec = createCodec(house.dataKeys, house.config.temporal.namespace);
  write(name, await inTheClear(stored, codec));
  if (name === 'completed') {
    const fixed = createCodec(TEST_DATA_KEYS, 'default');
    write('completed-encrypted', await underOtherKeys(stored, codec, fixed));
  }
  process.stdout.write(`${name}: ${stored.events.length} events\n`);
  await deal.silence();
}

async function recordAll(wanted: (scenario: Scenario) => boolean): Promise<void> {
  let aheadMs = 0;
  const house = await startHouse({
    policy: PATIENT,
    timings: { processingMs: 300_000 },
    clock: () => new Date(Date.now() + aheadMs),
  });
  try {
    const faults = SCENARIOS.flatMap((scenario, index) => {
      if (!scenario.fault) return [];
      const { path, ...fault } = scenario.fault;
      const last4 = cardOf(scenario, index);
      return [{ ...fault, match: { ...(path && { path }), ...(last4 && { last4 }) } }];
    });
    await house.sandboxes.softpayment.setFaults(...faults);
    aheadMs = untilNight(new Date());
    await Promise.all(AT_NIGHT.filter(wanted).map((scenario) => record(house, scenario, undefined)));
    aheadMs = 0;
    const stop = { leg: 'transfer', source: 'operator', actor: 'operator:1', reason: 'recorded' } as const;
    await stopLeg(house.db, stop);
    await Promise.all(WHILE_STOPPED.filter(wanted).map((scenario) => record(house, scenario, undefined)));
    await liftStopOf(house.db, 'transfer');
    const left = SCENARIOS.map((scenario, index) => ({ scenario, card: cardOf(scenario, index) })).filter((one) =>
      wanted(one.scenario),
    );
    const failed: string[] = [];
    const lane = async () => {
      for (let next = left.shift(); next; next = left.shift()) {
        const { name } = next.scenario;
        await record(house, next.scenario, next.card).catch((error: Error) => failed.push(`${name}: ${error.message}`));
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    if (failed.length > 0) throw new Error(`not recorded:\n${failed.join('\n')}`);
  } finally {
    await house.stop();
  }
}

/** To the next 23:45 KST (14:45 UTC), ms. */
function untilNight(now: Date): number {
  const night = new Date(now);
  night.setUTCHours(14, 45, 0, 0);
  const ms = night.getTime() - now.getTime();
  return ms >= 0 ? ms : ms + 24 * 3_600_000;
}

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter(
    (name) => ![...SCENARIOS, ...AT_NIGHT, ...WHILE_STOPPED].some((scenario) => scenario.name === name),
  );
  if (unknown.length > 0) throw new Error(`no such scenario: ${unknown.join(', ')}`);
  await setUp();
  try {
    await recordAll(({ name }) => names.length === 0 || names.includes(name));
  } finally {
    await tearDown();
  }
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: Error) => {
    process.stderr.write(`record: ${error.stack}\n`);
    process.exit(1);
  },
);
