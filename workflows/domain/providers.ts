/** What can go wrong at a provider. A business no (declined, account closed) is never an error: clients return it. */

/**
 * `Unavailable`: this call was surely not accepted; try later. (It says nothing about earlier calls under the same key.)
 * `OutcomeUnknown`: it may have been carried out: ask again under the same key, or query; never failed, never refunded.
 * `ContractBroken`: the answer contradicts the request: stop the deal, page a person.
 */
export type ProviderErrorKind = 'Unavailable' | 'OutcomeUnknown' | 'ContractBroken';

/**
 * A provider's call without a business answer. `operation` and `reason` are our own words: they reach logs and workflow
 * histories, so no text of the provider's and no personal data goes into them.
 */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';

  constructor(
    readonly kind: ProviderErrorKind,
    readonly operation: string,
    reason: string,
    /** How long the provider asked us to wait, ms. */
    readonly retryAfterMs?: number,
  ) {
    super(`${operation}: ${reason}`);
  }
}
