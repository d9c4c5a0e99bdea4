/** What a payer's phone fetches before the first page stands. */
import { gzipSync } from 'node:zlib';
import { expect, test } from './fixtures';

/** KB of gzip (1,000 bytes), all scripts together. */
const SCRIPTS_MAX_KB = 90;

test(`the first load is at most ${SCRIPTS_MAX_KB} KB of scripts`, async ({ page }) => {
  const scripts: Promise<Buffer>[] = [];
  page.on('response', (answer) => {
    if (answer.request().resourceType() === 'script') scripts.push(answer.body());
  });
  await page.goto('/', { waitUntil: 'networkidle' });
  const sizes = (await Promise.all(scripts)).map((body) => gzipSync(body, { level: 9 }).length);
  expect(sizes.length).toBeGreaterThan(0);
  expect(sizes.reduce((sum, size) => sum + size, 0) / 1_000).toBeLessThanOrEqual(SCRIPTS_MAX_KB);
});
