/**
 * Examples of bodies and answers, made from their own schemas: a field is filled with its `example`, else with what
 * stands here for its name, else with the simplest value of its type. So a new field has one at once.
 */

/** The part of JSON Schema that our schemas are written in. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly example?: unknown;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly allOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}
type Components = Readonly<Record<string, JsonSchema>>;

const ID = '01980f3a-5c2e-7d41-9b7a-3f6f0c1d2e84';
const AT = '2026-03-02T05:05:00.000Z';

/** By the name of the field; a schema's own `example` goes before. */
const FIELDS: Readonly<Record<string, unknown>> = {
  accessToken: 'eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl',
  accountLast4: '1234',
  accountNumber: '11012345671234',
  actor: 'payer',
  amount: 103_000,
  amountLeft: 4_900_000,
  bankCode: '092',
  bankName: '토스뱅크',
  billingKey: 'bill_0123456789abcdef',
  cause: 'charged',
  code: '123456',
  completedLastMonth: 1_200_000,
  completedThisMonth: 400_000,
  confirmedName: '이수취',
  currentPassword: 'correct horse battery',
  dealNo: 'P260302AB12CD',
  dealsLeft: 4,
  detail: '방금 같은 수취인에게 같은 금액의 거래를 만들었습니다.',
  deviceId: 'my-phone',
  deviceToken: '4lH1yq0cYbXfV2mWm1t0Zg',
  email: 'payer@example.com',
  fee: 3_000,
  feeBps: 300,
  fromPrincipal: 3_000_000,
  givenVersion: '2026-01-01',
  grade: 'BASIC',
  holderName: '이수취',
  installmentMonths: 0,
  issuer: '신한카드',
  maskedNumber: '433012******1234',
  max: 5_000_000,
  memo: '월세',
  min: 1_000,
  missing: 2_600_000,
  ms: 3,
  name: '박결제',
  newCode: '654321',
  newPassword: 'staple battery horse',
  nextCursor: 'MDE5ODBmM2EtNWMyZQ',
  nickname: '집주인',
  oldCode: '123456',
  orderId: 'P260302AB12CD-1',
  password: 'correct horse battery',
  phone: '01012345678',
  principal: 100_000,
  privacy: '2026-01-01',
  purpose: '3월 월세',
  reference: 'P260302AB12CD-T1',
  refreshToken: '01980f3a-5c2e-7d41-9b7a-3f6f0c1d2e84.1.c2VhbA',
  refundedAmount: 0,
  terms: '2026-01-01',
  thirdParty: '2026-01-01',
  to: 'PAID',
  total: 103_000,
  tradingDate: '2026-03-02',
  version: '2026-01-01',
};

/** What differs in a named schema: a deal that has ended well. */
const NAMED: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  Deal: {
    status: 'COMPLETED',
    waiting: null,
    cancelRequested: false,
    expiresAt: '2026-03-02T05:35:00.000Z',
    version: 3,
    actions: [],
  },
  Payment: { status: 'PAID', declineCode: null, attempt: 1 },
  Transfer: { status: 'COMPLETED', code: '0000', amount: 100_000, attempt: 1 },
  Me: {
    identity: { required: false, verifiedAt: null },
    grade: {
      ...{ code: 'SILVER', name: { ko: '실버', en: 'Silver' }, feeBps: 290, since: '2026-03-01' },
      ...{ fromPrincipal: 1_000_000, completedLastMonth: 1_200_000 },
    },
    nextGrade: {
      ...{ code: 'GOLD', name: { ko: '골드', en: 'Gold' }, feeBps: 280 },
      ...{ fromPrincipal: 3_000_000, completedThisMonth: 400_000, missing: 2_600_000 },
    },
  },
  Bank: { code: '092', name: { ko: '토스뱅크', en: 'Toss Bank' }, open: true, closing: null },
  Words: { ko: '결제 완료', en: 'Paid' },
  ConsentText: { title: { ko: '서비스 이용약관', en: 'Terms of service' }, version: '2026-01-01' },
};

const FORMATS: Readonly<Record<string, unknown>> = {
  uuid: ID,
  'date-time': AT,
  date: '2026-03-02',
  email: 'payer@example.com',
  uri: 'https://pass.example/check',
};

/** A value that the schema takes. */
export function exampleOf(schema: JsonSchema, components: Components, name = ''): unknown {
  if (schema.example !== undefined) return schema.example;
  if (schema.$ref !== undefined) return ofComponent(schema.$ref, components);
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part) => exampleOf(part, components, name)));
  if (schema.const !== undefined) return schema.const;
  const choice = (schema.anyOf ?? schema.oneOf)?.find(({ type }) => type !== 'null');
  if (choice) return exampleOf(choice, components, name);
  if (schema.properties) return ofObject(schema, components);
  const own = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
  if (schema.enum) return schema.enum.includes(own) ? own : schema.enum[0];
  const formatted = FORMATS[schema.format ?? ''];
  if (formatted !== undefined) return formatted;
  return ofType(schema, components, name, own);
}

function ofComponent(ref: string, components: Components): unknown {
  const name = ref.replace(/^.*\//, '');
  const schema = components[name];
  if (!schema) return null;
  const example = exampleOf(schema, components, name);
  const own = Object.entries(NAMED[name] ?? {}).filter(([field]) => schema.properties && field in schema.properties);
  return typeof example === 'object' ? { ...example, ...Object.fromEntries(own) } : example;
}

function ofObject({ properties = {} }: JsonSchema, components: Components): Record<string, unknown> {
  const entries = Object.entries(properties).map(
    ([name, inner]) => [name, exampleOf(inner, components, name)] as const,
  );
  return Object.fromEntries(entries);
}

function ofType(schema: JsonSchema, components: Components, name: string, own: unknown): unknown {
  const type = [schema.type ?? 'object'].flat().find((one) => one !== 'null');
  switch (type) {
    case 'string':
      return typeof own === 'string' ? own : 'text';
    case 'integer':
    case 'number':
      return typeof own === 'number' ? own : (schema.minimum ?? 1);
    case 'boolean':
      return true;
    case 'array':
      return schema.items ? [exampleOf(schema.items, components, name)] : [];
    default: {
      const inner = schema.additionalProperties;
      return typeof inner === 'object' && Object.keys(inner).length > 0 ? { name: exampleOf(inner, components) } : {};
    }
  }
}
