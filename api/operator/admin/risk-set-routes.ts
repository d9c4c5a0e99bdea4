/** Sets of risk rules over the API: read, proposed, made the active one; and the lists of risk. */
import { standingEntries } from '../../../db/risk-lists';
import { activeNumbers, listSets } from '../../../db/risk-sets';
import { RISK_LIST_KINDS, RISK_LISTS } from '../../../workflows/domain/risk-lists';
import { MEASURES } from '../../../workflows/domain/risk-measures';
import { COMPARES, RULE_MODES, RULE_VERDICTS } from '../../../workflows/domain/risk-rules';
import type { ApiDeps } from '../../deps';
import { type Operation, operatorOperation } from '../../http/operation';
import { bothLanguages, id, z } from '../../http/zod';
import { endRiskListing, listRisk } from '../risk-lists';
import { activateRiskSet, proposeRiskSet } from '../risk-sets';
import { time, why } from '../texts';
import { instant } from './list-route';
import { ORDERED, ordered } from './ordered';

const comparison = {
  measure: z.enum(Object.keys(MEASURES) as (keyof typeof MEASURES)[]),
  ...{ compare: z.enum(COMPARES), limit: z.int() },
};
const ruleSchema = z
  .object({
    ...{ id: z.string(), version: z.int(), mode: z.enum(RULE_MODES), verdict: z.enum(RULE_VERDICTS) },
    ...{ ...comparison, when: z.array(z.object(comparison)), words: bothLanguages },
  })
  .openapi('AdminRiskRule');
const setSchema = z
  .object({
    ...{ number: z.int(), isActive: z.boolean(), rules: z.array(ruleSchema), madeBy: z.string() },
    ...{ reason: z.string(), createdAt: instant },
    effectiveAt: instant
      .nullable()
      .openapi({ description: 'When it became, or becomes, the active one; null: never.' }),
  })
  .openapi('AdminRiskSet');

const entrySchema = z
  .object({
    ...{ id: z.uuid(), list: z.enum(RISK_LISTS), kind: z.enum(RISK_LIST_KINDS), until: instant.nullable() },
    ...{ actor: z.string(), reason: z.string(), createdAt: instant },
  })
  .openapi('AdminRiskListEntry');

const [tag, path] = ['admin-orders', '/v1/admin/risk-sets'];

/** Reading sets is free of orders; of the two orders the second takes two people. */
export const riskSetOperations = (deps: Pick<ApiDeps, 'db' | 'engine'>): Operation[] => [
  operatorOperation({
    ...{ method: 'get', path, tag: 'admin', operationId: 'listRiskSets', right: 'risk.read', problems: [] },
    summary: 'Sets of risk rules, the newest first',
    answers: { 200: z.object({ items: z.array(setSchema) }) },
    async handle() {
      const [sets, { active }] = await Promise.all([listSets(deps.db), activeNumbers(deps.db)]);
      return { status: 200, body: { items: sets.map((set) => ({ ...set, isActive: set.number === active })) } };
    },
  }),
  operatorOperation({
    ...{ method: 'post', path, tag, operationId: 'proposeRiskSet', ...ORDERED, right: proposeRiskSet.right },
    ...{ summary: 'Propose a set of risk rules', body: proposeRiskSet.input },
    description:
      'Nothing is judged by it before two operators activate it. What is wrong is told whole (409 `not-now`).',
    handle: ({ operator, body: input, req }) => ordered(deps, proposeRiskSet, { operator, about: {}, input, req }),
  }),
  operatorOperation({
    ...{ method: 'post', path: `${path}/{set}/activate`, tag, operationId: 'activateRiskSet', ...ORDERED },
    ...{ right: activateRiskSet.right, params: z.object({ set: z.coerce.number().int().min(1).max(1_000_000) }) },
    ...{ summary: 'Make a set of risk rules the active one', body: z.strictObject({ ...why, effectiveAt: time }) },
    handle: ({ operator, params, body, req }) =>
      ordered(deps, activateRiskSet, { operator, about: {}, input: { ...params, ...body }, req }),
  }),
];

const lists = '/v1/admin/risk-lists';

/** What is denied and what is trusted: one operator says so, with a reason. */
export const riskListOperations = (deps: Pick<ApiDeps, 'db' | 'engine'>): Operation[] => [
  operatorOperation({
    ...{ method: 'get', path: lists, tag: 'admin', operationId: 'listRiskLists', right: 'risk.read', problems: [] },
    summary: 'Cards, accounts and devices that are denied, or trusted until a time',
    answers: { 200: z.object({ items: z.array(entrySchema) }) },
    handle: async () => ({ status: 200, body: { items: await standingEntries(deps.db) } }),
  }),
  operatorOperation({
    ...{ method: 'post', path: lists, tag, operationId: 'listRisk', ...ORDERED, right: listRisk.right },
    ...{ summary: 'Deny or trust the card, the account or the device of a deal', body: listRisk.input },
    handle: ({ operator, body: input, req }) => ordered(deps, listRisk, { operator, about: {}, input, req }),
  }),
  operatorOperation({
    ...{ method: 'post', path: `${lists}/{entry}/end`, tag, operationId: 'endRiskListing', ...ORDERED },
    ...{ right: endRiskListing.right, params: z.object({ entry: id }), body: z.strictObject(why) },
    summary: 'Take an entry off its list',
    handle: ({ operator, params, body, req }) =>
      ordered(deps, endRiskListing, { operator, about: {}, input: { ...params, ...body }, req }),
  }),
];
