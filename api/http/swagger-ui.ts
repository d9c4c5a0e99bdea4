/** Swagger UI, served from this machine: the document to read and to try. */
import { dirname } from 'node:path';
import express, { type RequestHandler } from 'express';
import { notServed } from './not-served';

const PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>PLIC API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body></html>`;
/** What is typed under "Authorize" is kept in the browser; nothing is asked of anybody else about the document. */
const START = `SwaggerUIBundle({
  url: '/v1/openapi.json',
  dom_id: '#ui',
  deepLinking: true,
  persistAuthorization: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  validatorUrl: null,
});`;

/** Swagger UI under `/docs`; its scripts are files, so that the content security policy needs no exception for them. */
export function swaggerUi(): RequestHandler {
  const router = express.Router();
  router.get('/', (_req, res) => void res.type('html').send(PAGE));
  router.get('/start.js', (_req, res) => void res.type('js').send(START));
  router.use(express.static(dirname(require.resolve('swagger-ui-dist')), { index: false, redirect: false }));
  router.use(notServed);
  return router;
}
