/*
 * The webhook of operators, as Slack has it: POST /hooks/operators {text} -> 200 {ok: true}, and the text in the
 * mailbox as channel `operators`, to `operators`.
 */
import type { Express } from 'express';
import { z } from 'zod';
import { type Refuse, serve } from './http';
import type { Sandbox } from './sandbox';

/** Adds the route to a sandbox; `deliver` puts a text into its mailbox. */
export function serveOperatorHook(
  app: Express,
  sandbox: Sandbox,
  refuse: Refuse,
  deliver: (text: string) => void,
): void {
  serve(app, sandbox, refuse, {
    method: 'POST',
    path: '/hooks/operators',
    input: z.object({ text: z.string().min(1).max(40_000) }),
    open: true,
    handle({ text }) {
      deliver(text);
      return { status: 200, body: { ok: true } };
    },
  });
}
