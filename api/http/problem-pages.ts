/** A page for every problem: what the `type` of an error leads to. */
import { type Operation, openOperation } from './operation';
import { PROBLEMS, Problem, type ProblemCode } from './problem';
import { z } from './zod';

const isCode = (text: string): text is ProblemCode => Object.hasOwn(PROBLEMS, text);

/** The catalogue holds plain words of our own: nothing of the request reaches the page. */
function pageOf(code: ProblemCode): string {
  const { status, retryable, title, detail } = PROBLEMS[code];
  const advice = retryable
    ? 'Repeating the same request can help. 같은 요청을 다시 보내면 처리될 수 있습니다.'
    : 'Repeating the same request cannot help. 같은 요청을 다시 보내도 결과가 같습니다.';
  return `<!doctype html>
<html lang="ko"><head><meta charset="utf-8"><title>${code}</title></head>
<body><h1>${title.ko} · ${title.en}</h1><p><code>${code}</code> · HTTP ${status}</p>
<p>${detail.ko}</p><p lang="en">${detail.en}</p><p>${advice}</p></body></html>`;
}

export function problemPages(): Operation {
  return openOperation({
    method: 'get',
    path: '/problems/{code}',
    tag: 'documentation',
    operationId: 'getProblemPage',
    summary: 'What a problem means',
    params: z.object({ code: z.string() }),
    answers: { 200: 'text/html' },
    problems: ['not-found'],
    async handle({ params: { code }, res }) {
      if (!isCode(code)) throw new Problem('not-found');
      res.type('html').send(pageOf(code));
      return undefined;
    },
  });
}
