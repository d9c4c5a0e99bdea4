/** The colour of a status, beside its words. */
import type { Deal } from '../data';

const LOOKS: Readonly<Record<Deal['status'], string>> = {
  PENDING: 'text-warn',
  PAID: 'text-brand',
  TRANSFERRING: 'text-brand',
  TRANSFER_FAILED: 'text-warn',
  COMPLETED: 'text-good',
  REFUNDED: 'text-soft',
  CANCELLED: 'text-soft',
};

export const statusLook = (status: Deal['status']): string => LOOKS[status];
