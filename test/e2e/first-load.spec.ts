/** What a payer's phone fetches before the first page stands. */
import { gzipSync } from 'node:zlib';
import { expect } from '@playwright/test';
import { test } from './fixtures';

/** KB of gzip (1,000 bytes), all scripts of the page together; the other pages are fetched when it stands. */
const SCRIPTS_MAX_KB = 90;

test(`the first load is at most ${SCRIPTS_MAX_KB} KB of scripts`, async ({ request }) => {
  const page = await (await request.get('/', { headers: { accept: 'text/html' } })).text();
  const names = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map(([, name = '']) => name);
  expect(names.length).toBeGreaterThan(0);
  const scripts = await Promise.all(names.map(async (name) => (await request.get(name)).body()));
  const sizes = scripts.map((script) => gzipSync(script, { level: 9 }).length);
  expect(sizes.reduce((sum, size) => sum + size, 0) / 1_000).toBeLessThanOrEqual(SCRIPTS_MAX_KB);
});
