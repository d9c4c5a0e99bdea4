/** The bench's worker process without the part that its environment names. */
import { createRequire } from 'node:module';
import { leaveOut } from './without';

leaveOut();
createRequire(__filename)('./worker');
