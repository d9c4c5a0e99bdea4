/**
 * A worker of the bench without a part of what every worker of the house has, to see what the part costs. The house
 * itself can be told nothing of the kind: the module is replaced before anybody has loaded it.
 */
import { createRequire } from 'node:module';
import type { PayloadCodec } from '@temporalio/common';

export const PARTS = ['codec', 'tracing'] as const;
export type Part = (typeof PARTS)[number];

/** Names the part that a worker's process is made without. */
export const WITHOUT_VARIABLE = 'BENCH_WITHOUT';
export const isWithout = (part: Part): boolean => process.env[WITHOUT_VARIABLE] === part;

const IN_THE_CLEAR: Required<PayloadCodec> = {
  encode: async (payloads) => payloads,
  decode: async (payloads) => payloads,
};
const STAND_INS: Readonly<Record<Part, object>> = {
  codec: { createCodec: () => IN_THE_CLEAR },
  tracing: { traceCalls: () => ({}), traceActivities: () => ({}) },
};

const requireHere = createRequire(__filename);

/** Before anything is loaded that stands on infra/temporal/options.ts. */
export function leaveOut(): void {
  for (const part of PARTS.filter(isWithout)) {
    const file = requireHere.resolve(`../../infra/temporal/${part}`);
    const real: object = requireHere(file);
    const loaded = requireHere.cache[file];
    if (!loaded) throw new Error(`${file} is not loaded in a way that it could be replaced`);
    loaded.exports = { ...real, ...STAND_INS[part] };
  }
}
