/** Who calls back, and how its words are read: one line for each provider. */
import type { EventReaders } from '../../workflows/domain/provider-news';
import { readBankEvent } from './bank/webhook';
import { readSoftpaymentEvent } from './softpayment/webhook';

export const EVENT_READERS = {
  softpayment: readSoftpaymentEvent,
  bank: readBankEvent,
} as const satisfies EventReaders;
