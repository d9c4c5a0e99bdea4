/** What Temporal Web shows of a deal (docs/operators.md, "Temporal Web as the desk"). */

import { taskQueuesOf } from '../../infra/temporal/client';
import { createDealEngine } from '../../infra/temporal/deal-engine';
import { OPERATOR_WAITS } from '../../workflows/domain/operator-waits';
import { REVIEWED, type Story, waitingDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

const DESK = { runbook: 'https://ops.example/operations', admin: 'https://admin.example' };
let house: House;
beforeAll(async () => {
  house = await startHouse({ policy: { correctionGraceMs: 600_000 } });
});
afterAll(() => house.stop());

const detailsOf = async ({ workflow }: Story): Promise<string> => {
  const { currentDetails } = await workflow.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  return currentDetails ?? '';
};

test('it says why a deal waits, who moves it, what may be ordered now, and where to read on', async () => {
  const story = await waitingDeal(house, 'operator-needed', { account: '0203' });
  const details = await detailsOf(story);
  expect(details).toContain('**TRANSFER_FAILED**, waiting **operator-needed**');
  for (const words of Object.values(OPERATOR_WAITS['operator-needed'])) expect(details).toContain(words);
  expect(details).toMatch(/Taken just now: .*`correct-account`.*`refund`/);
  expect(details).toContain('operations.md#wait-operator-needed');
  expect(details).toContain(`Deal ${story.dealNo}: `);
});

test('it names no person, account or card', async () => {
  const story = await waitingDeal(house, 'operator-needed', { account: '0203' });
  const details = await detailsOf(story);
  expect(details).not.toContain(story.accountNumber);
  expect(details).not.toMatch(/\d{10,}/);
});

test('a house that says where its runbook and its admin API are is linked to both, also by a run that resumed', async () => {
  const taskQueue = taskQueuesOf(house.config.temporal.taskQueue).deals;
  const engine = createDealEngine({ client: house.client, taskQueue, policy: house.config.policy, desk: DESK });
  const story = await waitingDeal(house, 'risk-review', { principal: REVIEWED });
  await story.workflow.terminate('lost');
  await engine.knock(story.id);
  await story.waits('risk-review');
  const details = await detailsOf(story);
  expect(details).toContain('(https://ops.example/operations#wait-risk-review)');
  expect(details).toContain(`(https://admin.example/v1/admin/deals/${story.id})`);
  expect(details).toContain('`release`');
});
