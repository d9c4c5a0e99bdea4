/** What the answers of the identity provider mean, by its sandbox and by rubbish. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createIdentityVerifier } from '../../../infra/providers/identity';
import { startIdentity } from '../../../infra/sandbox/identity';
import type { RunningSandbox } from '../../../infra/sandbox/sandbox';
import { API_KEY, failureOf, TIMEOUT_MS } from './provider-calls';

describe('the sandbox', () => {
  let box: RunningSandbox;
  const client = (apiKey = API_KEY) => createIdentityVerifier({ url: box.url, apiKey, timeoutMs: 2_000 });
  beforeAll(async () => {
    box = await startIdentity({ apiKey: API_KEY });
  });
  afterAll(() => box.close());

  async function play(url: string, person: object) {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(person),
    });
    return { status: answer.status, body: await answer.json() };
  }

  test('a check is one however often it is opened, pending until the person acts, and decided once', async () => {
    const order = { verificationId: 'v-1', phone: '01012345678' };
    const { url } = await client().open(order);
    expect(await client().open(order)).toEqual({ url });
    expect(await client().result('v-1')).toEqual({ kind: 'pending' });
    expect((await play(url, { name: '김' })).status).toBe(400);
    await play(url, { name: '김본인', birthDate: '1990-01-01', phone: '01012345678' });
    await play(url, { name: '이타인', birthDate: '1990-01-01', phone: '01012340401' });
    expect(await client().result('v-1')).toMatchObject({ kind: 'verified', name: '김본인' });
  });

  test('a person has one CI, whatever the phone, and nobody else has it', async () => {
    const ciOf = async (verificationId: string, person: object) => {
      const { url } = await client().open({ verificationId, phone: '01012345678' });
      await play(url, person);
      const result = await client().result(verificationId);
      return result.kind === 'verified' ? result.ci : result;
    };
    const person = { name: '김본인', birthDate: '1991-02-03', phone: '01011112222' };
    const own = await ciOf('c-1', person);
    expect(await ciOf('c-2', { ...person, phone: '01033334444' })).toBe(own);
    expect(await ciOf('c-3', { ...person, birthDate: '1991-02-04' })).not.toBe(own);
  });

  test('a check that it does not know is over, and a refused key is our own fault', async () => {
    expect(await client().result('unheard-of')).toEqual({ kind: 'failed', code: 'expired' });
    expect((await failureOf(client('wrong').result('v-1'))).kind).toBe('Unavailable');
  });

  test('its journal names no person', async () => {
    const { url } = await client().open({ verificationId: 'j-1', phone: '01077778888' });
    await play(url, { name: '조용한', birthDate: '1992-03-04', phone: '01077778888' });
    const journal = await (await fetch(`${box.url}/_sandbox/journal`)).text();
    expect(journal).toContain('"effect":"verified"');
    expect(journal).not.toMatch(/조용한|1992-03-04|01077778888/);
  });

  test('the link shows a form to whoever opens it', async () => {
    const { url } = await client().open({ verificationId: 'f-1', phone: '01012345678' });
    expect(await (await fetch(url)).text()).toContain('<form');
    expect((await fetch(`${box.url}/_sandbox/verifications/none`)).status).toBe(404);
  });
});

describe('rubbish', () => {
  let said: unknown;
  let url: string;
  const server = createServer((_req, res) =>
    res.setHeader('content-type', 'application/json').end(JSON.stringify(said)),
  );
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const client = () => createIdentityVerifier({ url, apiKey: API_KEY, timeoutMs: TIMEOUT_MS });
  const CI = `${'A'.repeat(86)}==`;
  const verified = (customer: object) => ({ id: 'v', status: 'VERIFIED', verifiedCustomer: customer });

  test.each([
    ['no status', { id: 'v' }, 'OutcomeUnknown'],
    ['an unknown status', { id: 'v', status: 'DONE' }, 'OutcomeUnknown'],
    ['nobody verified', { id: 'v', status: 'VERIFIED' }, 'OutcomeUnknown'],
    ['no CI', verified({ name: '김본인' }), 'OutcomeUnknown'],
    ['half a CI', verified({ name: '김본인', ci: CI.slice(40) }), 'OutcomeUnknown'],
    ['an empty name', verified({ name: ' ', ci: CI }), 'OutcomeUnknown'],
    ['another check', { ...verified({ name: '김본인', ci: CI }), id: 'w' }, 'ContractBroken'],
  ])('%s decides nothing, and no text of it is told', async (_, body, kind) => {
    said = body;
    const { kind: told, error } = await failureOf(client().result('v'));
    expect(told).toBe(kind);
    expect(error.message).not.toMatch(/김본인|AAAA/);
  });

  test.each(['javascript:alert(1)', 'ftp://x/y', 'not a url', 7])('a link %s is none', async (link) => {
    said = { id: 'v', url: link };
    expect((await failureOf(client().open({ verificationId: 'v', phone: '01012345678' }))).kind).toBe('OutcomeUnknown');
  });

  test.each([
    ['01012345678', '01012345678'],
    ['010-1234-5678', '01012345678'],
    ['+82 10-1234-5678', '01012345678'],
    ['821012345678', '01012345678'],
    ['+82 (0)10.1234.5678', '01012345678'],
    ['010-12**-5678', null],
    ['1012345678', null],
    [null, null],
    [undefined, null],
  ])('of the phone %s it tells %s', async (phoneNumber, phone) => {
    said = verified({ name: '김본인', ci: CI, phoneNumber });
    expect(await client().result('v')).toEqual({ kind: 'verified', name: '김본인', ci: CI, phone });
  });

  test.each([
    [{ pgCode: 'CANCELLED' }, 'cancelled'],
    [{ pgCode: 'E-4711' }, 'refused'],
    [{}, 'refused'],
  ])('a failure %j is %s in our words', async (failure, code) => {
    said = { id: 'v', status: 'FAILED', failure };
    expect(await client().result('v')).toEqual({ kind: 'failed', code });
  });
});
