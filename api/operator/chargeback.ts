/** What the PG told of a charge that the card issuer took back (docs/operations.md, "Chargebacks"). */
import * as messages from '../../workflows/deal/messages';
import { z } from '../http/zod';
import { workflowOrder } from './order';
import { onFile, operatorText, why } from './texts';

/** Notes that the dispute was opened, or how it was decided; the same standing of the same case is one note. */
export const chargeback = workflowOrder({
  name: 'chargeback',
  right: 'deals.chargeback',
  input: z.strictObject({
    ...{ ...why, ...onFile },
    standing: z.enum(['open', 'won', 'lost']),
    /** The PG's number of the case. */
    reference: operatorText,
    evidence: operatorText,
  }),
  tell: (engine, dealId, note) => engine.orderAfterEnd(dealId, messages.noteChargeback, note),
});
