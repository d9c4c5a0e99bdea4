/** What every browser test starts with: a payer, a page that may not complain, and what the providers really did. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test as base, type ConsoleMessage, expect, type Page } from '@playwright/test';
import type { AxeResults } from 'axe-core';
import { callApi, type Payer, type Places, signUp } from '../fixtures/payer';

export type E2ePlaces = Places & { readonly bankUrl: string };

interface Fixtures {
  readonly places: E2ePlaces;
  /** A payer who is signed up, and logged in on the page. */
  readonly payer: Payer;
  /** Errors of the console that this test has asked for, as patterns. */
  readonly expected: RegExp[];
  readonly quietConsole: undefined;
}

/** Chromium says of every answer that is no 2xx that it failed; what the page makes of it is what the tests look at. */
const REFUSED = /^Failed to load resource: the server responded with a status of 4\d\d/;

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of what a fixture needs from here
  places: async ({}, use) => {
    await use(JSON.parse(process.env.E2E_PLACES ?? '{}') as E2ePlaces);
  },
  // biome-ignore lint/correctness/noEmptyPattern: likewise
  expected: async ({}, use) => {
    await use([]);
  },
  quietConsole: [
    async ({ context, expected }, use) => {
      const complaints: string[] = [];
      const note = (text: string) => complaints.push(text);
      context.on('console', (message: ConsoleMessage) => message.type() === 'error' && note(message.text()));
      context.on('weberror', (error) => note(`${error.error()}`));
      await use(undefined);
      const patterns = [REFUSED, ...expected];
      expect(complaints.filter((text) => !patterns.some((pattern) => pattern.test(text)))).toEqual([]);
    },
    { auto: true },
  ],
  payer: async ({ page, places }, use) => {
    const payer = await signUp(places);
    await logIn(page, payer);
    await use(payer);
  },
});

export async function logIn(page: Page, { person }: Payer): Promise<void> {
  await page.goto('/log-in');
  await page.getByLabel(/이메일|E-mail/).fill(person.email);
  await page.getByLabel(/비밀번호|Password/).fill(person.password);
  await page.getByRole('button', { name: /^(로그인|Log in)$/ }).click();
  await expect(page.getByRole('button', { name: /카드로 보내기|Send by card/ })).toBeVisible();
}

interface Effect {
  readonly kind: string;
  readonly effect?: string;
  readonly orderId?: string;
  readonly reference?: string;
  readonly amount?: number;
}

export interface Moved {
  readonly charges: number;
  /** Won that stayed with the PG. */
  readonly charged: number;
  /** Won that stayed with the recipient. */
  readonly paidOut: number;
}

/** What really happened to the money of a deal, by the providers' own logs. */
export async function moved({ softpaymentUrl, bankUrl }: E2ePlaces, dealNo: string): Promise<Moved> {
  const effects = async (url: string) =>
    (await callApi<Effect[]>(url, 'GET', '/_sandbox/journal')).body.filter(
      ({ kind, orderId, reference }) => kind === 'effect' && (orderId ?? reference ?? '').startsWith(`${dealNo}-`),
    );
  const [pg, bank] = await Promise.all([effects(softpaymentUrl), effects(bankUrl)]);
  const sum = (list: readonly Effect[], name: string) =>
    list.filter(({ effect }) => effect === name).reduce((total, { amount = 0 }) => total + amount, 0);
  return {
    charges: pg.filter(({ effect }) => effect === 'charged').length,
    charged: sum(pg, 'charged') - sum(pg, 'cancelled'),
    paidOut: sum(bank, 'transferred') - sum(bank, 'returned'),
  };
}

/** Has Softpayment or the bank fail in these ways; `[]`: in none. */
export async function fail(url: string, faults: readonly object[]): Promise<void> {
  await callApi(url, 'PUT', '/_sandbox/faults', { faults });
}

const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const WCAG_22_AA = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** The page keeps WCAG 2.2 AA, as far as a program can tell, and fits its width. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(
    (values) =>
      (window as never as { axe: { run(options: object): Promise<AxeResults> } }).axe.run({
        runOnly: { type: 'tag', values },
        iframes: false,
      }),
    WCAG_22_AA,
  );
  expect(violations.map(({ id, nodes }) => ({ id, at: nodes.map(({ html }) => html) }))).toEqual([]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
}

/** Keeps a picture of the page for the documents, where they are asked for. */
export async function picture(page: Page, name: string): Promise<void> {
  const { E2E_PICTURES: folder } = process.env;
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`) });
}
