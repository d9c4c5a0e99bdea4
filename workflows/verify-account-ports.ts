/** What the real-name check needs done by activities. */

/** The real-name check of a recipient's account (a short workflow of its own). */
export interface AccountActivities {
  /** Verifies the stored row by its id and stores the answer. */
  verifyAccount(recipientId: string): Promise<VerifyOutcome>;
}

/** `differs`: the bank told another holder's name, which is kept in the row: no history holds a name. */
export type VerifyOutcome =
  | { readonly kind: 'verified' | 'differs' }
  | { readonly kind: 'rejected'; readonly code: string };
