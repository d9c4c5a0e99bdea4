/** Stored answers hold what deals tell their payer, the recipient's name too: as ciphertext. */
export const ANSWERS_ENCRYPTED: readonly string[] = [
  `alter table idempotency_keys rename column response to response_encrypted`,
];
