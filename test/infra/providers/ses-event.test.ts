/** What SES says of a mail is read for what it means, whoever brings it; and nothing is guessed. */
import { readSesEvent } from '../../../infra/providers/ses-event';
import { inEnvelope, SES_EVENTS } from '../../fixtures/ses-events';

const messageId = 'EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000';
const CONNECTED = 'Successfully validated SNS topic for Amazon SES event publishing.';

test.each([
  ['bounced', 'bounced'],
  ['suppressed', 'bounced'],
  ['complainedBefore', 'bounced'],
  ['mailboxFull', 'bounced-for-now'],
  ['undetermined', 'bounced-for-now'],
  ['complained', 'complained'],
  ['delivered', 'delivered'],
] as const)('%s means %s: from SNS, raw, and as a notice of the older kind', (name, kind) => {
  const { eventType, ...parts } = SES_EVENTS[name](messageId);
  const raw = JSON.stringify({ eventType, ...parts });
  const older = JSON.stringify({ notificationType: eventType, ...parts });
  for (const body of [raw, inEnvelope(raw), older, inEnvelope(older)]) {
    expect(readSesEvent(body)).toEqual({ kind, messageId });
  }
});

test.each([
  ['a mail that was sent', JSON.stringify(SES_EVENTS.sent(messageId))],
  ['a delay', inEnvelope(JSON.stringify(SES_EVENTS.delayed(messageId)))],
  ['that the topic is connected', CONNECTED],
  ['that the topic is connected, from SNS', inEnvelope(CONNECTED)],
])('%s is nothing to us', (_, body) => {
  expect(readSesEvent(body)).toBe('nothing');
});

const { bounce: _, ...hollow } = SES_EVENTS.bounced(messageId) as Record<string, unknown>;
test.each([
  ['no words', ''],
  ['words', 'hello'],
  ['a number', '7'],
  ['null', 'null'],
  ['a list', '[]'],
  ['another object', '{"hello":"world"}'],
  ['an envelope of words', inEnvelope('hello')],
  ['an envelope of nothing', JSON.stringify({ Type: 'Notification' })],
  ['a bounce that does not say of which kind', JSON.stringify(hollow)],
  ['a bounce of no mail', JSON.stringify({ ...SES_EVENTS.bounced(messageId), mail: {} })],
  ['half a body', JSON.stringify(SES_EVENTS.bounced(messageId)).slice(0, 200)],
])('%s cannot be read', (__, body) => {
  expect(readSesEvent(body)).toBeUndefined();
});
