/** Temporal Web as an operator sees it, in the Chromium of this machine. */
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { poll } from '../fixtures/poll';
import { findChromium } from '../servers/chromium';

const PATIENCE_MS = 60_000;
/** The page asks the workflow, and sets what it answers. */
const RENDERED_MS = 2_000;

export interface Desktop {
  /** Why the deal waits, as Temporal Web tells it; keeps a picture of it under this name. */
  detailsOf(dealId: string, picture: string): Promise<string>;
  /** The history of the deal, likewise. */
  historyOf(dealId: string, picture: string): Promise<string>;
  /** What the saved query finds, likewise. */
  found(query: string, picture: string): Promise<string>;
  close(): Promise<void>;
}

/** Throws when there is no Chromium. Pictures are written to `out`. */
export async function openDesktop(temporalWebUrl: string, out: string): Promise<Desktop> {
  const browser: Browser = await chromium.launch(findChromium());
  const context = await browser.newContext({
    ...{ viewport: { width: 1280, height: 960 }, locale: 'en-US', timezoneId: 'Asia/Seoul' },
  });
  const page: Page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const workflows = `${temporalWebUrl}/namespaces/default/workflows`;

  /** Until these words are shown: Temporal Web asks for them bit by bit. `frame`: it sets Markdown in frames. */
  async function seen(words: string, picture: string, frame?: string): Promise<string> {
    const shown = (frame === undefined ? page : page.frameLocator(frame).last()).locator('body');
    await shown
      .getByText(words)
      .first()
      .waitFor()
      .finally(() => page.screenshot({ path: join(out, `${picture}.png`) }));
    return shown.innerText();
  }

  async function open(dealId: string, tab: 'history' | 'user-metadata'): Promise<void> {
    await page.goto(`${workflows}/deal-${dealId}`);
    await page.waitForURL(/\/history/);
    if (tab !== 'history') await page.goto(page.url().replace(/\/history.*/, `/${tab}`));
  }

  return {
    async detailsOf(dealId, picture) {
      await open(dealId, 'user-metadata');
      // The page asks once: the database may have known of the wait before the workflow said so.
      const isTold = () => page.frameLocator('iframe').last().getByText('Runbook:').first().isVisible();
      await poll(
        async () => {
          await page.reload();
          await page.getByText('Current Details').first().waitFor();
          await page.waitForTimeout(RENDERED_MS);
          return isTold();
        },
        (told) => told,
        { what: `Temporal Web tells the details of ${dealId}` },
      );
      return seen('Runbook:', picture, 'iframe');
    },
    async historyOf(dealId, picture) {
      await open(dealId, 'history');
      return seen('"dealId"', picture);
    },
    async found(query, picture) {
      await page.goto(`${workflows}?query=${encodeURIComponent(query)}`);
      return seen('deal-', picture);
    },
    close: () => browser.close(),
  };
}
