/**
 * The search attributes of deals: the local Temporal is started with them, any other one has to be told of them once.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, type Connection, isGrpcServiceError } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { SEARCH_ATTRIBUTES } from '../workflows/deal/messages';

const KEYWORD = temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
const NAMES = Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name);
/** Finds nothing, and is refused where one of them is unknown. */
const QUERY = NAMES.map((name) => `${name} = '-'`).join(' AND ');

const INVALID_ARGUMENT = 3;
/** Temporal's servers tell each other within seconds. */
const PATIENCE_MS = 30_000;
const LOOK_MS = 500;

/** The attributes are missing, and could not be registered; the message is for whoever runs that Temporal. */
export class SearchAttributesMissing extends Error {
  override readonly name = 'SearchAttributesMissing';
}

/**
 * Sees to it that deals can be found by their attributes; without
 * them no deal could start. Throws SearchAttributesMissing.
 */
export async function ensureSearchAttributes(client: Client): Promise<void> {
  if (await areKnown(client)) return;
  const { namespace } = client.options;
  const searchAttributes = Object.fromEntries(NAMES.map((name) => [name, KEYWORD]));
  try {
    await (client.connection as Connection).operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (error) {
    if (!isGrpcServiceError(error)) throw error;
    const flags = NAMES.map((name) => `--name ${name} --type Keyword`).join(' ');
    throw new SearchAttributesMissing(
      `namespace "${namespace}" lacks search attributes of deals, and refuses to be given them (${error.details}).\n` +
        `Register them: temporal operator search-attribute create --namespace ${namespace} ${flags}\n` +
        '(in Temporal Cloud: on the page of the namespace), then run "npm run schedules" again.',
    );
  }
  for (const until = Date.now() + PATIENCE_MS; !(await areKnown(client)); await delay(LOOK_MS)) {
    if (Date.now() > until)
      throw new SearchAttributesMissing(`namespace "${namespace}" does not show the search attributes it was given`);
  }
}

async function areKnown(client: Client): Promise<boolean> {
  try {
    await client.workflow.count(QUERY);
    return true;
  } catch (error) {
    const { cause } = error as Error;
    if (isGrpcServiceError(cause) && cause.code === INVALID_ARGUMENT) return false;
    throw error;
  }
}
