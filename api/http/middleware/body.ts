/** Bodies: small, uncompressed, JSON unless the operation wants the bytes; never card data. */
import express, { type RequestHandler } from 'express';
import { Problem } from '../problem';
import { holdsCardData } from './card-guard';

const JSON_LIMIT = '16kb';
const RAW_LIMIT = '64kb';

const parseJson = express.json({ limit: JSON_LIMIT, inflate: false, strict: false, type: 'application/json' });
const parseRaw = express.raw({ limit: RAW_LIMIT, inflate: false, type: () => true });

const hasBody: (req: express.Request) => boolean = (req) =>
  req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;

const requireJson: RequestHandler = (req, _res, next) => {
  const [, charset = 'utf-8'] = /charset="?([^";\s]+)/i.exec(req.get('content-type') ?? '') ?? [];
  const isJson = req.is('application/json') && charset.toLowerCase() === 'utf-8';
  if (hasBody(req) && !isJson) throw new Problem('unsupported-media-type');
  next();
};

const refuseCardData: RequestHandler = (req, _res, next) => {
  if (holdsCardData(req.body)) throw new Problem('card-number-refused');
  next();
};

export const jsonBody: RequestHandler[] = [requireJson, parseJson, refuseCardData];
export const rawBody: RequestHandler[] = [parseRaw];
