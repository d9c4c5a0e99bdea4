/** The committed types of clients (web/shared/api.d.ts); tsc compiles them with the rest of the house. */
import { readFileSync } from 'node:fs';
import { operationsOf } from '../../api/app';
import { operationIdOf } from '../../api/http/operation-id';
import { startBareApi } from '../api/bare-api';
import { documentText, isCurrent, TYPES_FILE } from './document';

test('the types of clients are those of the API: if not, `npm run api:types`', () => {
  expect(isCurrent(documentText())).toBe(true);
  expect(isCurrent(documentText().replace('createDeal', 'makeDeal'))).toBe(false);
});

test('they are made of the document that the API serves', async () => {
  const api = await startBareApi();
  try {
    const served = await api.call('GET', '/v1/openapi.json');
    expect(JSON.stringify(served.body, null, 2)).toBe(documentText());
    const types = readFileSync(TYPES_FILE, 'utf8');
    for (const operation of operationsOf(api.deps))
      expect(types).toContain(`operations["${operationIdOf(operation)}"]`);
  } finally {
    await api.stop();
  }
});
