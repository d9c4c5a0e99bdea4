/** Deals that have to ask their provider are told so, some at a time. */

const TOLD_AT_ONCE = 10;

/** Answers with how many could be told; one that cannot be does not keep the others from it. */
export async function tellDeals<T>(items: readonly T[], tell: (item: T) => Promise<boolean>): Promise<number> {
  let told = 0;
  for (let from = 0; from < items.length; from += TOLD_AT_ONCE) {
    const some = await Promise.all(items.slice(from, from + TOLD_AT_ONCE).map(tell));
    told += some.filter(Boolean).length;
  }
  return told;
}
