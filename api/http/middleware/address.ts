/** Addresses, path and query alike, are no place for card data (spec §6): proxies and browsers keep them. */
import * as querystring from 'node:querystring';
import type { RequestHandler } from 'express';
import { Problem } from '../problem';
import { holdsCardData } from './card-guard';

/** Refuses a card number anywhere in the address of any route, known or not, before anything is told of it. */
export const refuseCardInAddress: RequestHandler = (req, _res, next) => {
  const [path = '', ...rest] = req.url.split('?');
  const query = querystring.parse(rest.join('?'), '&', '=', { maxKeys: 0 });
  if (holdsCardData([querystring.unescape(path), query])) throw new Problem('card-number-refused');
  next();
};
