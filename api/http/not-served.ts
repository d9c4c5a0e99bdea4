/** What becomes of a file that cannot be served as it was asked for. */
import type { ErrorRequestHandler } from 'express';
import { Problem } from './problem';

const OF_THE_FILE = ['Cache-Control', 'ETag', 'Last-Modified', 'Accept-Ranges', 'Content-Range'];

/** Ranges and conditions that a file cannot meet: not found. No cache may keep that for as long as it may the file. */
export const notServed: ErrorRequestHandler = (error, _req, res, next) => {
  if (!res.headersSent) for (const name of OF_THE_FILE) res.removeHeader(name);
  next(error.status < 500 ? new Problem('not-found') : error);
};
