/** What an operator's command says of an order that was not carried out. */
import type { EngineAnswer } from '../../infra/temporal/deal-engine';

/** The order was understood and not carried out; the message says why. Shown without a stack. */
export class Refused extends Error {}

/** Why the order was not carried out, in words; null: it was. */
export function explain(answer: EngineAnswer<void>): string | null {
  switch (answer.kind) {
    case 'decided':
      return null;
    case 'refused':
      return answer.message;
    case 'closed':
      return 'the deal has ended';
    case 'pending':
      return 'the engine has not answered yet; look with "show" before you repeat it';
    case 'unreachable':
      return 'Temporal does not answer; nothing was changed';
  }
}
