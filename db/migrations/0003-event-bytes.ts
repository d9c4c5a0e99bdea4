/** A webhook's body as it was sent: it is evidence, signed over its bytes, and need not be UTF-8. */
export const EVENT_BYTES = [
  `alter table pg_webhook_events alter column body type bytea using convert_to(body, 'UTF8');`,
] as const;
