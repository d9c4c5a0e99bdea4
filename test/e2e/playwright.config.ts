/** How the browser tests run: `npm run e2e` starts the system that they need, and tells where it is (`E2E_PLACES`). */
import { defineConfig, type PlaywrightTestOptions } from '@playwright/test';
import type { Places } from '../fixtures/payer';
import { findChromium } from '../servers/chromium';

const { E2E_PLACES = '{}', E2E_OUT = '', E2E_REPORT = '' } = process.env;
const { apiUrl = '' } = JSON.parse(E2E_PLACES) as Partial<Places>;
const phone = { viewport: { width: 375, height: 812 }, isMobile: true, hasTouch: true } as const;
const korean: Partial<PlaywrightTestOptions> = { locale: 'ko-KR' };

export default defineConfig({
  testDir: __dirname,
  testMatch: '**/*.spec.ts',
  fullyParallel: true,
  forbidOnly: true,
  retries: 0,
  workers: 2,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  outputDir: E2E_OUT,
  reporter: [['list'], ['json', { outputFile: E2E_REPORT }]],
  use: {
    baseURL: apiUrl,
    timezoneId: 'America/New_York', // times are Korean wherever the payer is
    launchOptions: findChromium(),
    actionTimeout: 30_000,
    serviceWorkers: 'block', // one would answer before a test's routes do; pwa.spec.ts is about it
    screenshot: 'only-on-failure',
  },
  projects: [
    { name: 'phone', use: { ...phone, ...korean } },
    { name: 'desktop', grep: /@everywhere/, use: { viewport: { width: 1280, height: 900 }, ...korean } },
    { name: 'english', grep: /@everywhere/, use: { ...phone, locale: 'en-US' } },
    { name: 'dark', grep: /@everywhere/, use: { ...phone, ...korean, colorScheme: 'dark' } },
  ],
});
