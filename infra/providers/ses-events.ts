/** The queue in which SES tells what became of mails, by way of SNS: Amazon SQS, asked again and again. */
import { DeleteMessageCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { MailEvents, ReceivedMailEvent } from '../../workflows/domain/providers';
import { readSesEvent } from './ses-event';

interface SesEventsOptions {
  readonly queueUrl: string;
  readonly region: string;
  /** An emulator answers: it takes any credentials, and ours are not looked for. */
  readonly emulated: boolean;
  /** Of one call, beyond the time that it waits for messages, ms. */
  readonly timeoutMs: number;
  /** How long nobody else gets a message that was given; then it is told again, unless it was done. */
  readonly hiddenS?: number;
}

/** The longest that SQS waits for a message, and the most that it gives at once. */
const WAIT_S = 20;
const MOST = 10;
/** Longer than any message takes. */
const HIDDEN_S = 60;
const ANY = { accessKeyId: 'emulated', secretAccessKey: 'emulated' };

/** One call is one request; whoever asks repeats it. */
export function createSesEvents(options: SesEventsOptions): MailEvents {
  const { queueUrl, region, emulated, timeoutMs, hiddenS = HIDDEN_S } = options;
  const endpoint = new URL(queueUrl).origin;
  const client = new SQSClient({ region, endpoint, maxAttempts: 1, ...(emulated && { credentials: ANY }) });
  const queue = { QueueUrl: queueUrl };

  const receivedOf = ({ Body = '', Attributes, ReceiptHandle }: Message): ReceivedMailEvent => ({
    event: readSesEvent(Body),
    isRepeated: Number(Attributes?.ApproximateReceiveCount) > 1,
    async done() {
      const command = new DeleteMessageCommand({ ...queue, ReceiptHandle });
      await client.send(command, { abortSignal: AbortSignal.timeout(timeoutMs) });
    },
  });

  return {
    async receive(most, signal) {
      const command = new ReceiveMessageCommand({
        ...{ ...queue, MaxNumberOfMessages: Math.min(most, MOST), WaitTimeSeconds: WAIT_S },
        ...{ VisibilityTimeout: hiddenS, MessageSystemAttributeNames: ['ApproximateReceiveCount'] },
      });
      const limit = AbortSignal.timeout(WAIT_S * 1_000 + timeoutMs);
      const { Messages = [] } = await client.send(command, { abortSignal: AbortSignal.any([signal, limit]) });
      return Messages.map(receivedOf);
    },
  };
}
