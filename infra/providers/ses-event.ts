/**
 * What SES tells of a mail that it took: the record of its event publishing (`eventType`), or of its older notices
 * (`notificationType`), as itself or within the envelope of SNS. They hold addresses, which are not read.
 */
import { z } from 'zod';
import type { MailEvent } from '../../workflows/domain/providers';

/** SNS's envelope, without raw message delivery. */
const envelope = z.object({ Type: z.literal('Notification'), Message: z.string() });
const type = z.string().optional();
const record = z.object({
  ...{ eventType: type, notificationType: type },
  mail: z.object({ messageId: z.string().min(1) }),
  bounce: z.object({ bounceType: z.string() }).optional(),
  complaint: z.object({ complaintSubType: z.string().nullish() }).optional(),
});

/** What SES publishes once, when it is connected to a topic. */
const CONNECTED = /^Successfully validated SNS topic/;
/** SES did not even try: the address is on the account's own list of those that complained. */
const NEVER_TRIED = 'OnAccountSuppressionList';

/** `nothing`: it tells what nobody here asks for. Undefined: it cannot be read. */
export function readSesEvent(body: string): MailEvent | 'nothing' | undefined {
  const outer = parsed(body);
  const { data: enveloped } = envelope.safeParse(outer);
  if (CONNECTED.test(enveloped?.Message ?? body)) return 'nothing';
  const { data: told } = record.safeParse(enveloped ? parsed(enveloped.Message) : outer);
  return told && meaningOf(told);
}

function meaningOf(told: z.output<typeof record>): MailEvent | 'nothing' | undefined {
  const { bounce, complaint } = told;
  const { messageId } = told.mail;
  switch (told.eventType ?? told.notificationType) {
    case undefined:
      return undefined;
    case 'Delivery':
      return { kind: 'delivered', messageId };
    case 'Bounce':
      return bounce && { kind: bounce.bounceType === 'Permanent' ? 'bounced' : 'bounced-for-now', messageId };
    case 'Complaint':
      return complaint && { kind: complaint.complaintSubType === NEVER_TRIED ? 'bounced' : 'complained', messageId };
    default:
      return 'nothing';
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
