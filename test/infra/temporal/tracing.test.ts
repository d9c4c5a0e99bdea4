/** One trace goes from a payer's confirm to each step of the deal, and carries ids alone through Temporal. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { context, propagation, trace } from '@opentelemetry/api';
import { startTracing } from '../../../infra/temporal/tracing';
import { textsIn } from '../../fixtures/history-texts';
import { prepareDeal } from '../../fixtures/story';
import { type House, startHouse } from '../../servers/house';

interface Span {
  readonly name: string;
  readonly traceId: string;
}

const spans: Span[] = [];
let collector: Server;
let house: House;
let stopTracing: () => Promise<void>;
beforeAll(async () => {
  collector = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { resourceSpans = [] } = JSON.parse(Buffer.concat(chunks).toString());
    for (const { scopeSpans } of resourceSpans) for (const scope of scopeSpans) spans.push(...scope.spans);
    response.end('{}');
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  for (const api of [trace, context, propagation]) api.disable(); // another file of this worker may have begun
  stopTracing = startTracing('test', `http://127.0.0.1:${(collector.address() as AddressInfo).port}`);
  house = await startHouse();
});
afterAll(async () => {
  await house?.stop();
  await new Promise((resolve) => collector.close(resolve));
});

test('the steps of a deal are in the trace of the confirm that began it', async () => {
  const { payer, id, cardId, workflow } = await prepareDeal(house);
  await payer.confirm(id, cardId);
  await payer.waitForStatus(id, 'COMPLETED');
  const carried = textsIn((await workflow.fetchHistory()).events?.map((event) => event)).filter((text) =>
    text.includes('traceparent'),
  );
  expect(carried.length).toBeGreaterThanOrEqual(4); // of the run, the update and each activity
  for (const text of carried) expect(text).toMatch(/^\{"traceparent":"00-[\da-f]{32}-[\da-f]{16}-01"\}$/);
  await stopTracing();
  const begun = spans.find(({ name }) => name.startsWith('UpdateWithStartWorkflow'));
  const steps = spans.filter(({ traceId }) => traceId === begun?.traceId).map(({ name }) => name);
  expect(steps).toEqual(expect.arrayContaining(['RunActivity:chargeCard', 'RunActivity:transferToRecipient']));
});
