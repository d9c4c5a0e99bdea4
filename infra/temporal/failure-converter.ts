/**
 * Messages and stack traces of failures as payloads, so that the codec encrypts them too. Loaded by its path, into
 * the bundle of the workflows as well: it imports nothing else.
 */
import { DefaultFailureConverter } from '@temporalio/common';

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
