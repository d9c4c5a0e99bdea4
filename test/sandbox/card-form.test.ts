/** Softpayment's card form as it is served. How it behaves in a browser is seen by the tests of the app that shows it. */
import { Script } from 'node:vm';
import { startSoftpayment } from '../../infra/sandbox/softpayment';
import { journalOf, perTest } from './client';

const box = perTest(startSoftpayment);
const SHOP = 'https://app.example';

async function read(path: string) {
  const answer = await fetch(box.url + path);
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}
const open = (query: string | Record<string, string>) => read(`/sdk/card-form?${new URLSearchParams(query)}`);

const OWN = "script-src 'self'; style-src 'self'; connect-src 'self'";
const policyFor = (embedder: string) =>
  `default-src 'none'; ${OWN}; form-action 'none'; base-uri 'none'; frame-ancestors ${embedder}`;

/** The values of an attribute of these elements, in their order. */
const valuesOf = (html: string, element: string, attribute: string) =>
  [...html.matchAll(new RegExp(`<${element}\\b[^>]*\\s${attribute}="([^"]*)"`, 'g'))].map(([, value]) => value ?? '');

describe('the page', () => {
  test.each([
    ...[SHOP, 'http://127.0.0.1:3000', 'http://localhost:5173', 'https://localhost', 'capacitor://localhost'],
  ])('is for %s alone, loads nothing of others, and is kept nowhere', async (origin) => {
    const { status, headers, text } = await open({ origin });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('content-security-policy')).toBe(policyFor(origin));
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-frame-options')).toBeNull();
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect(valuesOf(text, 'form', 'data-origin')).toEqual([origin]);
  });

  test.each([
    ...['', '*', 'null', 'app.example', '//app.example', 'https://app.example/', 'https://app.example/pay'],
    ...['https://App.example', 'https://app.example:443', 'https://u@app.example', ' https://app.example'],
    ...['https://*.example', 'https://app.example;sandbox', 'https://app.example,x', "https://'self'"],
    ...['https://app.example https://b.example', 'https://app.example"onload="', 'http://999.1.1.1', 'http://a:99999'],
    ...['capacitor://elsewhere', 'ionic://localhost', 'file://', 'data:text/html,', 'javascript:alert(1)'],
  ])('is not for "%s", and nobody may show it', async (origin) => {
    const { status, headers, text } = await open({ origin });
    expect(status).toBe(400);
    expect(headers.get('content-security-policy')).toBe(policyFor("'none'"));
    expect(headers.get('cache-control')).toBe('no-store');
    expect(text).not.toMatch(/<form|<script/);
    expect(text).not.toContain('app.example');
  });

  test('is for no page that is not named, and for one only', async () => {
    for (const query of ['', 'lang=ko', `origin=${SHOP}&origin=https://b.example`, `origin[]=${SHOP}`])
      expect(await open(query)).toMatchObject({ status: 400, text: expect.stringContaining('origin') });
  });

  test('speaks Korean unless it is asked for English, and is wholly in either', async () => {
    const [unsaid, ko, en] = await Promise.all([
      open({ origin: SHOP }),
      open({ origin: SHOP, lang: 'ko' }),
      open({ origin: SHOP, lang: 'en' }),
    ]);
    expect(unsaid.text).toBe(ko.text);
    expect((await open({ origin: SHOP, lang: 'toString' })).text).toBe(ko.text);
    for (const words of ['카드번호', '유효기간', 'CVC', '생년월일', '카드 등록하기']) expect(ko.text).toContain(words);
    for (const words of ['Card number', 'Expiry date', 'CVC', 'Date of birth', 'Register card'])
      expect(en.text).toContain(words);
    expect(en.text).not.toMatch(/\p{Script=Hangul}/u);
    expect([ko, en].map(({ text }) => valuesOf(text, 'html', 'lang'))).toEqual([['ko'], ['en']]);
    const refused = await open({ lang: 'en' });
    expect(refused.text).not.toMatch(/\p{Script=Hangul}/u);
    expect((await open({ lang: 'ko' })).text).toMatch(/\p{Script=Hangul}/u);
  });

  test('is light unless it is asked to be dark', async () => {
    const themeOf = async (query: object) =>
      valuesOf((await open({ origin: SHOP, ...query })).text, 'html', 'data-theme');
    expect(await themeOf({})).toEqual(['light']);
    expect(await themeOf({ theme: 'dark' })).toEqual(['dark']);
    expect(await themeOf({ theme: '"><script>' })).toEqual(['light']);
  });

  test.each(['ko', 'en'])(
    'names, describes and fills in each field (%s), and would send none by itself',
    async (lang) => {
      const { text } = await open({ origin: SHOP, lang });
      const ids = valuesOf(text, 'input', 'id');
      expect(ids).toEqual(['cardNumber', 'expiry', 'cvc', 'birthDate']);
      expect(valuesOf(text, 'label', 'for')).toEqual(ids);
      expect(valuesOf(text, 'input', 'autocomplete')).toEqual(['cc-number', 'cc-exp', 'cc-csc', 'bday']);
      expect(valuesOf(text, 'input', 'inputmode')).toEqual(ids.map(() => 'numeric'));
      expect(valuesOf(text, 'input', 'type')).toEqual(['text', 'text', 'password', 'text']);
      expect(valuesOf(text, 'input', 'data-error').filter((words) => words === '')).toEqual([]);
      const described = valuesOf(text, 'input', 'aria-describedby');
      expect(described.map((those) => those.split(' ').at(-1))).toEqual(ids.map((id) => `${id}-error`));
      const paragraphs = valuesOf(text, 'p', 'id');
      expect(described.flatMap((those) => those.split(' ')).filter((id) => !paragraphs.includes(id))).toEqual([]);
      expect(text.match(/<button\b/g)).toHaveLength(1);
      expect(text).not.toMatch(/<input[^>]* name=/);
      expect(text).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?! src=)/);
    },
  );
});

test('script and style are files of their own, and the script is one', async () => {
  const { text } = await open({ origin: SHOP });
  const [[script = ''], [style = '']] = [valuesOf(text, 'script', 'src'), valuesOf(text, 'link', 'href')];
  const [js, css] = await Promise.all([read(script), read(style)]);
  expect([js, css].map(({ status }) => status)).toEqual([200, 200]);
  expect([js, css].map(({ headers }) => headers.get('content-type'))).toEqual([
    ...['text/javascript; charset=utf-8', 'text/css; charset=utf-8'],
  ]);
  expect([js, css].map(({ headers }) => headers.get('x-content-type-options'))).toEqual(['nosniff', 'nosniff']);
  new Script(js.text);
  expect(js.text).not.toMatch(/localStorage|sessionStorage|indexedDB|document\.cookie|console|history|innerHTML/);
});

/** WCAG 2.2, "contrast ratio". */
function contrastOf(a: string, b: string): number {
  const [lighter = 0, darker = 0] = [luminanceOf(a), luminanceOf(b)].toSorted((x, y) => y - x);
  return (lighter + 0.05) / (darker + 0.05);
}
function luminanceOf(colour: string): number {
  const parts = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
  const [red = 0, green = 0, blue = 0] = parts.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

test.each(['light', 'dark'])('by a %s theme words are read, and borders seen, as WCAG AA asks', async (theme) => {
  const { text } = await read('/sdk/card-form.css');
  const block = text.match(theme === 'light' ? /:root \{([^}]*)/ : /:root\[data-theme="dark"\] \{([^}]*)/)?.[1] ?? '';
  const colours = Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, k, v]) => [k, v]));
  const ratioOf = (over: string, under: string) => contrastOf(colours[over] ?? '#', colours[under] ?? '#');
  for (const words of ['text', 'quiet', 'error']) expect(ratioOf(words, 'page')).toBeGreaterThanOrEqual(4.5);
  expect(ratioOf('on-action', 'action')).toBeGreaterThanOrEqual(4.5);
  for (const border of ['line', 'action', 'error']) expect(ratioOf(border, 'page')).toBeGreaterThanOrEqual(3);
});

test('opening the form is no call of the contract: the provider log has nothing of it', async () => {
  await open({ origin: SHOP });
  await open({});
  await read('/sdk/card-form.js');
  expect(await journalOf(box.url)).toEqual([]);
});
