/** Whose account it is by the bank, when that is not the name that was given: such an account is not verified. */
export const BANK_HOLDER_NAME = [
  `alter table bank_accounts add column bank_holder_name text,
     add check (bank_holder_name is null or (verified_at is null and verify_code is null));`,
] as const;
