/** The card PG and the bank: how they are called, by what their webhooks are believed, and what apps show of the PG. */
import { z } from 'zod';
import { part } from './load';
import { httpsOf, NODE_ENV, type Provider, url, word } from './parts';

/** Comma separated; all of them are live. */
const secrets = z.string().transform((text, ctx) => {
  const list = text.split(',').map((one) => one.trim());
  if (list.some((one) => !/^whsec_[A-Za-z0-9+/=]{32,}$/.test(one))) ctx.addIssue('each must be whsec_<base64>');
  return list;
});

export const SOFTPAYMENT = part(
  { NODE_ENV, SOFTPAYMENT_URL: url, SOFTPAYMENT_API_KEY: word },
  (given): Provider => ({ url: given.SOFTPAYMENT_URL, apiKey: given.SOFTPAYMENT_API_KEY }),
  httpsOf('SOFTPAYMENT_URL'),
);
export const BANK = part(
  { NODE_ENV, BANK_URL: url, BANK_API_KEY: word },
  (given): Provider => ({ url: given.BANK_URL, apiKey: given.BANK_API_KEY }),
  httpsOf('BANK_URL'),
);

/** Softpayment's card form: apps show it, and no process of ours calls it. */
export const CARD_FORM_URL = part(
  { NODE_ENV, SOFTPAYMENT_FORM_URL: url },
  (given) => given.SOFTPAYMENT_FORM_URL,
  httpsOf('SOFTPAYMENT_FORM_URL'),
);

/** By which the webhooks of a provider are believed. */
export const SOFTPAYMENT_WEBHOOKS = part({ SOFTPAYMENT_WEBHOOK_SECRETS: secrets }, (given) => ({
  webhookSecrets: given.SOFTPAYMENT_WEBHOOK_SECRETS as readonly string[],
}));
export const BANK_WEBHOOKS = part({ BANK_WEBHOOK_SECRETS: secrets }, (given) => ({
  webhookSecrets: given.BANK_WEBHOOK_SECRETS as readonly string[],
}));
