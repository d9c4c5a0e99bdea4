/** What the identity check of a member needs done by activities, by row id: no history holds a person. */

export interface IdentityActivities {
  /** Opens the stored verification at the provider, and keeps where the member proves who they are. */
  openIdentity(verificationId: string): Promise<void>;
  /** Asks how it stands; a result is kept, and makes the member known by their real name. */
  readIdentity(verificationId: string): Promise<IdentityStanding>;
}

/** `failed`: why, in our own words (workflows/domain/identity-failures.ts). */
export type IdentityStanding =
  | { readonly kind: 'pending' | 'verified' }
  | { readonly kind: 'failed'; readonly code: string };
