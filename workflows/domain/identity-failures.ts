/** Why an identity check came to nothing: what a member can be told. */

/** By the provider: given up, wrong data, too late, and everything else. */
export type ProviderFailure = 'cancelled' | 'mismatch' | 'expired' | 'refused';

/** By us: the person is another member already, or not the one that this member was, or has another phone. */
export type OwnFailure = 'person-known' | 'person-differs' | 'phone-differs';
