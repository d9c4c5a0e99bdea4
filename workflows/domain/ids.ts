/** Keys of a deal. They are derived, never random: a retry sends the same key (spec §5.1). */

declare const dealIdBrand: unique symbol;
/** A deal's id: a UUID, also in its workflow id. */
export type DealId = string & { readonly [dealIdBrand]: 'DealId' };

/** Softpayment's orderId of the n-th charge attempt: `<dealNo>-<attempt>`. */
export function orderIdOf(dealNo: string, attempt: number): string {
  return `${dealNo}-${attempt}`;
}

/** The bank's reference of the n-th transfer attempt: `<dealNo>-T<attempt>`. */
export function transferReferenceOf(dealNo: string, attempt: number): string {
  return `${dealNo}-T${attempt}`;
}

/**
 * Our name of a transfer that a person made by hand, as the n-th attempt: `<dealNo>-M<attempt>`. No provider knows it,
 * so it must not look like a reference of theirs.
 */
export function manualReferenceOf(dealNo: string, attempt: number): string {
  return `${dealNo}-M${attempt}`;
}

/** The idempotency key of the n-th refund: `<dealNo>-R<n>`. */
export function refundKeyOf(dealNo: string, n: number): string {
  return `${dealNo}-R${n}`;
}

/** The workflow that owns the deal: `deal-<id>`. */
export function dealWorkflowIdOf(dealId: DealId): string {
  return `deal-${dealId}`;
}

/** The id of the update that confirms with the n-th attempt; equal ids are one update. */
export function confirmUpdateIdOf(attempt: number): string {
  return `confirm-${attempt}`;
}
