/** The banks that a recipient's account may be at, and when they can be paid. */
import { nextClosing, opensAt } from '../../workflows/domain/bank-calendar';
import { BANKS } from '../../workflows/domain/banks';
import type { ApiDeps } from '../deps';
import { type Operation, openOperation } from '../http/operation';
import { bothLanguages, z } from '../http/zod';

const bankSchema = z
  .object({
    code: z.string().openapi({ description: 'National 3-digit bank code.', example: '088' }),
    name: bothLanguages,
    open: z.boolean().openapi({ description: 'Whether it can be paid now.' }),
    closing: z
      .object({ from: z.iso.datetime(), until: z.iso.datetime() })
      .nullable()
      .openapi({ description: 'The maintenance that goes on, or the next one; null: it never closes.' }),
  })
  .openapi('Bank');

export function bankOperations({ clock }: Pick<ApiDeps, 'clock'>): Operation[] {
  return [
    openOperation({
      method: 'get',
      path: '/v1/banks',
      tag: 'recipients',
      summary: 'List the banks that can be paid, and when',
      answers: { 200: z.object({ items: z.array(bankSchema) }) },
      problems: [],
      async handle() {
        const at = clock();
        return {
          status: 200,
          body: { items: Object.entries(BANKS).map(([code, { name }]) => toBank(code, name, at)) },
        };
      },
    }),
  ];
}

function toBank(code: string, name: z.output<typeof bankSchema>['name'], at: Date): z.output<typeof bankSchema> {
  const closing = nextClosing(code, at);
  return {
    code,
    name,
    open: opensAt(code, at) === null,
    closing: closing && { from: closing.from.toISOString(), until: closing.until.toISOString() },
  };
}
