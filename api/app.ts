/**
 * The HTTP API: every route is an operation (operation.ts), mounted here once with everything that all of them share.
 */
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import type { ApiDeps } from './deps';
import { healthOperations } from './health';
import { refuseCardInAddress } from './http/middleware/address';
import { fileBody, jsonBody, rawBody } from './http/middleware/body';
import { allowOrigins } from './http/middleware/cors';
import { answerOnce, idempotencyKeyOf, withoutKey } from './http/middleware/idempotency';
import { createLimiter, type Limiter, limitAddress, limitCaller } from './http/middleware/rate-limit';
import { requestContext } from './http/middleware/request-context';
import { documentOperation, openApiDocument } from './http/openapi';
import { type Call, limitsOf, type Once, type Operation } from './http/operation';
import { languageOf, Problem } from './http/problem';
import { problemPages } from './http/problem-pages';
import { type Rendered, renderAnswer, renderProblem, send } from './http/render';
import { swaggerUi } from './http/swagger-ui';
import { toProblem } from './http/to-problem';
import { validate } from './http/validate';
import { auditOperations } from './operator/admin/audit-routes';
import { adminOrderOperations, adminReadOperations } from './operator/admin/operations';
import { peopleOperations } from './operator/admin/people-routes';
import { adminSessionOperations } from './operator/admin/session-routes';
import { authenticateOperator } from './operator/authenticate';
import { consentOperations } from './payer/account-consents';
import { passwordOperations } from './payer/account-password';
import { phoneOperations } from './payer/account-phone';
import { withdrawalOperations } from './payer/account-withdrawal';
import { authenticate } from './payer/authenticate';
import { bankOperations } from './payer/banks';
import { cardFormOperations } from './payer/card-form';
import { cardOperations } from './payer/cards';
import { dealEventOperations } from './payer/deal-events';
import { dealListOperations } from './payer/deal-list';
import { dealOperations } from './payer/deals';
import { emailOperations } from './payer/email';
import { eventOperations } from './payer/events';
import { identityOperations } from './payer/identity';
import { logInOperations } from './payer/log-in';
import { meOperations } from './payer/me';
import { notificationOperations } from './payer/notifications';
import { paymentOperations } from './payer/payments';
import { pushOperations } from './payer/push-subscriptions';
import { quoteOperations } from './payer/quotes';
import { receiptOperations } from './payer/receipt';
import { recipientOperations } from './payer/recipients';
import { sessionOperations } from './payer/session-routes';
import { createSessions, type Sessions } from './payer/sessions';
import { signUpOperations } from './payer/sign-up';
import { createStreams } from './payer/streams';
import { webPages } from './web-pages';
import { webhookOperations } from './webhooks';
import { wordOperations } from './words';

/** Their times are real, whatever the clock of the house says. */
const sessionsOf = (deps: ApiDeps): Sessions => createSessions({ ...deps, clock: deps.wallClock });

/** Every operation of the API. */
export function operationsOf(
  deps: ApiDeps,
  sessions = sessionsOf(deps),
  limit: Limiter = createLimiter(deps),
): Operation[] {
  const openStream = createStreams(sessions, deps.stopping);
  let document: object | undefined; // making it takes longer than the rest of a start: not before it is asked for
  const operations: Operation[] = [
    ...signUpOperations(deps, { sessions, limit }),
    ...logInOperations(deps, { sessions, limit }),
    ...sessionOperations(deps, sessions),
    ...bankOperations(deps),
    ...meOperations(deps),
    ...identityOperations(deps, limit),
    ...consentOperations(deps),
    ...passwordOperations(deps, { sessions, limit }),
    ...phoneOperations(deps, { sessions, limit }),
    ...withdrawalOperations(deps, { sessions, limit }),
    ...emailOperations(deps, limit),
    ...notificationOperations(deps),
    ...pushOperations(deps),
    ...cardFormOperations(deps),
    ...cardOperations(deps),
    ...recipientOperations(deps),
    ...quoteOperations(deps),
    ...dealOperations(deps),
    ...dealListOperations(deps),
    ...dealEventOperations(deps, openStream),
    ...eventOperations(deps, openStream),
    ...receiptOperations(deps),
    ...paymentOperations(deps),
    ...webhookOperations(deps),
    ...adminSessionOperations(deps),
    ...peopleOperations(deps),
    ...auditOperations(deps),
    ...adminReadOperations(deps),
    ...adminOrderOperations(deps),
    ...healthOperations(deps),
    problemPages(),
    ...wordOperations(deps),
    documentOperation(() => {
      document ??= openApiDocument(operations);
      return document;
    }),
  ];
  return operations;
}

/** The Express application over these parts; it opens and closes nothing. */
export function createApp(deps: ApiDeps): Express {
  const app = express();
  app.set('trust proxy', deps.config.proxies).set('strict routing', true).set('case sensitive routing', true);
  app.disable('x-powered-by').disable('etag'); // a deal's ETag is its version
  app.use(requestContext(deps.log), helmet({ contentSecurityPolicy: CONTENT_SECURITY_POLICY }));
  for (const handler of allowOrigins(deps.config.origins)) app.use('/v1', handler);
  app.use(refuseCardInAddress);
  app.use('/docs', swaggerUi());
  const sessions = sessionsOf(deps);
  const limit = createLimiter(deps);
  const operations = operationsOf(deps, sessions, limit);
  const house = { deps, read: reading(operations) };
  for (const operation of operations) mount(app, operation, house, guardsOf(operation, deps, { sessions, limit }));
  for (const [path, methods] of methodsByPath(operations)) app.route(path).all(refuseMethod(methods));
  if (deps.config.webDir !== null) app.use(webPages(deps.config.webDir, [new URL(deps.config.cardFormUrl).origin]));
  app.use(() => {
    throw new Problem('not-found');
  });
  app.use(answerWithProblem(deps));
  return app;
}

/** Swagger UI sets style attributes and shows data images; scripts are files of ours only. */
const CONTENT_SECURITY_POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
  },
};

const expressPath = (path: string): string => path.replace(/\{(\w+)\}/g, ':$1');

interface Guards {
  readonly sessions: Sessions;
  readonly limit: Limiter;
}

/** Who is let in at all, and how often: on payers' and operators' routes those who are logged in. */
function guardsOf(operation: Operation, deps: ApiDeps, { sessions, limit }: Guards): RequestHandler[] {
  const { access, right } = operation;
  if (access === 'open') return operation.limit ? [limitAddress(limit, operation.limit)] : [];
  const isLoggedIn = right ? authenticateOperator(deps, right) : authenticate(sessions, operation);
  return [isLoggedIn, nameCaller, limitCaller(limit, limitsOf(operation))];
}

/** Whom limits and keys count, and the log names, by an id that tells of no person. */
const nameCaller: RequestHandler = (_req, { locals }, next) => {
  const { payer, operator } = locals;
  locals.caller = operator ? { kind: 'operator', id: operator.id } : { kind: 'payer', id: payer.userId };
  next();
};

/** What all routes share: the deps, and how one of them reads what another one's answer told of. */
interface House {
  readonly deps: ApiDeps;
  read(resource: string, call: Call<unknown, unknown, unknown, unknown>): Promise<Rendered>;
}

function mount(app: Express, operation: Operation, house: House, guards: readonly RequestHandler[]): void {
  const named: RequestHandler = (_req, res, next) => {
    res.locals.route = operation.path;
    // A proxy that compresses makes ETags weak, and holds events back.
    res.set('Cache-Control', 'no-store, no-transform');
    next();
  };
  const bodies = { json: jsonBody, raw: rawBody, file: fileBody };
  app[operation.method](
    expressPath(operation.path),
    named,
    ...guards,
    ...(operation.accepts ? bodies[operation.accepts] : []),
    run(operation, house),
  );
}

/** Checks the input, runs the handler, once per key where that is asked, and sends its answer. */
function run(operation: Operation, { deps, read }: House): RequestHandler {
  return async (req, res) => {
    if (operation.idempotent) idempotencyKeyOf(req);
    const language = languageOf(req);
    const input = {
      params: pathParams(operation, req.params),
      query: validate(operation.query, req.query, language),
      body: operation.accepts ? validate(operation.body, req.body, language) : undefined,
    };
    const { payer, operator, caller } = res.locals;
    const call = (once: Once): Call<unknown, unknown, unknown, unknown> => ({
      ...{ ...input, payer, operator, once, req, res },
    });
    if (!operation.idempotent) {
      const answer = await operation.handle(call(withoutKey));
      if (answer) send(res, renderAnswer(answer));
      return;
    }
    const rendered = await answerOnce(
      deps,
      { req, caller, body: input.body },
      {
        carryOut: async (once) => renderAnswer((await operation.handle(call(once))) ?? { status: 204 }),
        readAnew: (resource) => read(resource, call(withoutKey)),
      },
    );
    send(res, rendered);
  };
}

/** Reads a payer's resource by its address, as a GET of it would. */
function reading(operations: readonly Operation[]): House['read'] {
  const gets = operations.filter(({ method, access }) => method === 'get' && access === 'payer');
  return async (resource, call) => {
    for (const { path, params, query, handle } of gets) {
      const values = valuesOf(path, resource);
      if (!values) continue;
      const answer = await handle({ ...call, params: params.parse(values), query: query.parse({}), body: undefined });
      return renderAnswer(answer ?? { status: 204 });
    }
    throw new Error(`no operation reads ${resource}`);
  };
}

/** The parameters of a path (`{name}`) in an address; undefined when it is another one's. */
const valuesOf = (path: string, address: string): Record<string, string> | undefined =>
  new RegExp(`^${path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`).exec(address)?.groups;

/** An id that is not even one names nothing: 404, as an unknown one. */
function pathParams({ params: schema }: Operation, params: unknown): unknown {
  const { success, data } = schema.safeParse(params);
  if (!success) throw new Problem('not-found');
  return data;
}

function methodsByPath(operations: readonly Operation[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const { method, path } of operations) {
    const known = methods.get(expressPath(path)) ?? [];
    methods.set(expressPath(path), [...known, method.toUpperCase()]);
  }
  return methods;
}

function refuseMethod(methods: readonly string[]): RequestHandler {
  return () => {
    throw new Problem('method-not-allowed', { headers: { Allow: methods.join(', ') } });
  };
}

/** The one place where errors become answers; an unexpected one is logged without what the request held. */
function answerWithProblem({ log }: ApiDeps): ErrorRequestHandler {
  return (error: unknown, req, res, _next) => {
    const problem = toProblem(error);
    if (problem.code === 'internal' || problem.code === 'unavailable') {
      log.error({ requestId: res.locals.requestId, ...describe(error) }, problem.code);
    }
    if (res.headersSent) res.destroy();
    else send(res, renderProblem(problem, req));
  };
}

/**
 * Name, code and place of an error; its message stays out,
 * since a driver's message may quote the values of a statement.
 */
function describe(error: unknown): object {
  const { name, code, stack } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  const at = stack?.split('\n').filter((line) => line.startsWith('    at '));
  return { error: name ?? typeof error, errorCode: code, at: at?.slice(0, 8) };
}
