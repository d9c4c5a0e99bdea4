/**
 * Softpayment's card form, which an app shows in an iframe: the card is entered on a page of Softpayment's own origin,
 * which no merchant's page can read. What it tells the page around it: docs/external-interfaces.md.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Express } from 'express';
import { formPage, isLanguage, isTheme, refusalPage } from './card-form-page';

const PATH = '/sdk/card-form';
const fileOf = (name: string): string => readFileSync(join(__dirname, 'pages', name), 'utf8');

/** Nothing of another origin, nothing inline, no way out but our own routes; `frameAncestors`: who may show it. */
const policyOf = (frameAncestors: string): string =>
  [
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'",
    `frame-ancestors ${frameAncestors}`,
  ].join('; ');

const HEADERS = {
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/**
 * GET /sdk/card-form?origin=&lang=ko|en&theme=light|dark, its script and its style. Open to anyone; neither logged nor
 * faulty: what the form sends is.
 */
export function serveCardForm(app: Express): void {
  const [script, style] = [fileOf('card-form.js'), fileOf('card-form.css')];
  app.get(PATH, ({ query }, res) => {
    const lang = isLanguage(query.lang) ? query.lang : 'ko';
    const theme = isTheme(query.theme) ? query.theme : 'light';
    const { origin } = query;
    res.set(HEADERS).type('html');
    if (isEmbedder(origin)) {
      res.set('Content-Security-Policy', policyOf(origin)).send(formPage({ origin, lang, theme }));
      return;
    }
    res.set('Content-Security-Policy', policyOf("'none'")).status(400).send(refusalPage({ lang, theme }));
  });
  app.get(`${PATH}.js`, (_, res) => void res.set(HEADERS).type('js').send(script));
  app.get(`${PATH}.css`, (_, res) => void res.set(HEADERS).type('css').send(style));
}

/** What a policy's source may be made of: a URL's host may have `;`, `,` and `*` too, which would change the policy. */
const PLAIN = /^https?:\/\/[a-z0-9.-]+(:\d+)?$/;
/** Apps on iPhones (Capacitor); those of Android are at https://localhost. */
const APP_ORIGIN = 'capacitor://localhost';

/** Whether it is one origin, written as browsers write it, whose pages may show the form and hear of it. */
function isEmbedder(given: unknown): given is string {
  if (typeof given !== 'string') return false;
  if (given === APP_ORIGIN) return true;
  return PLAIN.test(given) && URL.canParse(given) && new URL(given).origin === given;
}
