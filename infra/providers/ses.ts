/** Amazon SES, the carrier of e-mail. */
import { SESv2Client, SESv2ServiceException, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { type MailCarrier, ProviderError } from '../../workflows/domain/providers';
import { failureOf } from './http';

interface SesOptions {
  /** The verified sender. */
  readonly from: string;
  /** By which SES reports bounces and complaints; none: nowhere. */
  readonly configurationSet: string | undefined;
  readonly region: string;
  /** Undefined: the region's own. */
  readonly endpoint: string | undefined;
  /** An emulator answers: it takes any credentials, and ours are not looked for. */
  readonly emulated: boolean;
  /** Of one call, from connecting to the last byte, ms. */
  readonly timeoutMs: number;
}

const SEND = 'ses send';
/** Refusals that SES documents for SendEmail, and of our credentials: the mail was surely not taken. */
const REFUSALS = new Set([
  ...['AccountSuspendedException', 'BadRequestException', 'LimitExceededException'],
  ...['MailFromDomainNotVerifiedException', 'MessageRejected', 'NotFoundException', 'SendingPausedException'],
  ...['TooManyRequestsException', 'AccessDeniedException', 'ExpiredTokenException', 'InvalidSignatureException'],
  ...['MissingAuthenticationTokenException', 'UnrecognizedClientException', 'InvalidClientTokenId'],
]);
const ANY = { accessKeyId: 'emulated', secretAccessKey: 'emulated' };

/** The client of SES v2's `SendEmail`. One call is one request: the outbox repeats it. */
export function createSes({ from, configurationSet, timeoutMs, ...place }: SesOptions): MailCarrier {
  const { region, endpoint, emulated } = place;
  const client = new SESv2Client({
    ...{ region, maxAttempts: 1 },
    ...(endpoint !== undefined && { endpoint }),
    ...(emulated && { credentials: ANY }),
  });
  const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' });
  return {
    async sendMail({ to, subject, text }) {
      const command = new SendEmailCommand({
        FromEmailAddress: from,
        Destination: { ToAddresses: [to] },
        Content: { Simple: { Subject: utf8(subject), Body: { Text: utf8(text) } } },
        ConfigurationSetName: configurationSet,
      });
      const answer = await client.send(command, { abortSignal: AbortSignal.timeout(timeoutMs) }).catch((error) => {
        throw meaningOf(error, timeoutMs);
      });
      if (!answer.MessageId) throw new ProviderError('OutcomeUnknown', SEND, 'the answer has no message id');
      return answer.MessageId;
    },
  };
}

/** What a failed call means; only names that SES documents are repeated, since its texts quote addresses. */
function meaningOf(error: unknown, timeoutMs: number): ProviderError {
  const { name, code } = error as { name?: string; code?: string };
  if (name !== undefined && REFUSALS.has(name)) return new ProviderError('Unavailable', SEND, `refused with ${name}`);
  if (name === 'CredentialsProviderError') return new ProviderError('Unavailable', SEND, 'we have no credentials');
  if (error instanceof SESv2ServiceException) {
    return new ProviderError('OutcomeUnknown', SEND, `HTTP ${error.$metadata.httpStatusCode ?? 'without status'}`);
  }
  if (code !== undefined) return failureOf(SEND, { cause: { code } }, timeoutMs); // of Node's socket
  return failureOf(SEND, name === 'AbortError' ? { name: 'TimeoutError' } : error, timeoutMs);
}
