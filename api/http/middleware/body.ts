/** Bodies: small, uncompressed, JSON unless the operation wants the bytes; never card data. */
import express, { type RequestHandler } from 'express';
import { EVIDENCE_BYTES_MAX, EVIDENCE_TYPES } from '../../../workflows/domain/evidence';
import { Problem, type Words } from '../problem';
import { holdsCardData } from './card-guard';

const JSON_LIMIT = '16kb';
const RAW_LIMIT = '64kb';

const parseJson = express.json({ limit: JSON_LIMIT, inflate: false, strict: false, type: 'application/json' });
const parseRaw = express.raw({ limit: RAW_LIMIT, inflate: false, type: () => true });

const parseFile = express.raw({ limit: EVIDENCE_BYTES_MAX, inflate: false, type: [...EVIDENCE_TYPES] });

/** Of a file that is of another kind than are kept, or than it is called. */
export const FILE_TYPE_WORDS: Words = {
  ko: '압축하지 않은 PDF, PNG, JPEG 파일만 받습니다. 내용과 Content-Type이 같아야 합니다.',
  en: 'Send an uncompressed PDF, PNG or JPEG under its own content type.',
};

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

const requireFile: RequestHandler = (req, _res, next) => {
  if (!hasBody(req) || !req.is([...EVIDENCE_TYPES]))
    throw new Problem('unsupported-media-type', { detail: FILE_TYPE_WORDS });
  next();
};

export const jsonBody: RequestHandler[] = [requireJson, parseJson, refuseCardData];
export const rawBody: RequestHandler[] = [parseRaw];
export const fileBody: RequestHandler[] = [requireFile, parseFile];
