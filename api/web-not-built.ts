/** What a browser is shown while the pages of web/ are not there: no script, and a style that is known by its hash. */
import { createHash } from 'node:crypto';
import type { Response } from 'express';
import { WEB_BUILD_LOG } from '../infra/web-folder';
import { type Html, html } from './http/html';

const RETRY_S = 3;
const STYLE = 'body{font-family:sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem;text-align:center}';
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  ...["frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"],
].join('; ');

const pageOf = (head: Html, body: Html): string =>
  html`<!doctype html>
<html lang="ko"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${head}
<title>PLIC</title><style>${STYLE}</style></head>
<body>${body}</body></html>
`.text;

const BEING_BUILT = pageOf(
  html`<meta http-equiv="refresh" content="${RETRY_S}">`,
  html`<h1>앱을 준비하고 있어요</h1><p>준비되면 이 화면에 바로 나타나요.</p>
<h2 lang="en">The app is being built</h2><p lang="en">It shows here as soon as it is ready.</p>`,
);

const LOG = html`<code>${WEB_BUILD_LOG}.log</code>`;
const BY_HAND = html`<code>npm run build:web</code>`;
const ANEW = html`<code>npm start</code>`;
const FAILED = pageOf(
  html``,
  html`<h1>앱을 빌드하지 못했어요</h1>
<p>이유는 ${LOG}에 있어요. ${BY_HAND}으로 직접 빌드해 볼 수 있고, 고친 뒤에는 ${ANEW}로 다시 시작해 주세요. API는 그대로 쓸 수 있어요.</p>
<h2 lang="en">The app could not be built</h2>
<p lang="en">${LOG} says why. ${BY_HAND} builds it by hand; when that works, begin anew: ${ANEW}. The API works.</p>`,
);

/** Answers 503: the pages are being built, and the browser asks again by itself; or their build failed. */
export function sendNotBuilt(res: Response, state: 'being built' | 'failed'): void {
  res.status(503).set({ 'Content-Security-Policy': POLICY, 'Cache-Control': 'no-store' });
  if (state === 'being built') res.set('Retry-After', `${RETRY_S}`);
  res.type('html').send(state === 'being built' ? BEING_BUILT : FAILED);
}
