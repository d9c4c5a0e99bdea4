/** The payloads of a history that was read as JSON, changed one by one. */
import type { Payload, PayloadCodec } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { isEncrypted } from '../../infra/temporal/codec';

const { Payload: Message } = temporal.api.common.v1;
type Json = Readonly<Record<string, unknown>>;

/** What no codec ever touches: traces, and what is searched by. */
const ALWAYS_CLEAR = new Set(['header', 'searchAttributes']);

const isPayload = (value: Json): boolean =>
  typeof (value.metadata as Json | undefined)?.encoding === 'string' || typeof value.data === 'string';

async function mapped(value: unknown, change: (payload: Payload) => Promise<Payload>): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map((one) => mapped(one, change)));
  if (typeof value !== 'object' || value === null) return value;
  const json = value as Json;
  if (isPayload(json))
    return Message.toObject(Message.fromObject(await change(Message.fromObject(json))), { bytes: String });
  const entries = Object.entries(json).map(async ([key, inner]) => [
    key,
    ALWAYS_CLEAR.has(key) ? inner : await mapped(inner, change),
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

const one = async (payloads: Promise<Payload[]>): Promise<Payload> => {
  const [payload] = await payloads;
  if (!payload) throw new Error('the codec lost a payload');
  return payload;
};

/** With every payload opened, and without the stacks of failures, which tell of a machine. */
export const inTheClear = (history: unknown, codec: Required<PayloadCodec>): Promise<unknown> =>
  mapped(history, async (payload) => {
    const clear = await one(codec.decode([payload]));
    const text = Buffer.from(clear.data ?? []).toString();
    if (!text.includes('"stack_trace":')) return clear;
    return { ...clear, data: Buffer.from(JSON.stringify({ ...JSON.parse(text), stack_trace: '' })) };
  });

/** As it is stored, under other keys; what the SDK leaves in the clear stays so. */
export const underOtherKeys = (history: unknown, from: PayloadCodec, to: PayloadCodec): Promise<unknown> =>
  mapped(history, async (payload) =>
    isEncrypted(payload) ? one(to.encode([await one(from.decode([payload]))])) : payload,
  );
