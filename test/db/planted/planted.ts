import type { EveryDeal } from '../../fixtures/every-deal';

/** Damage that the house itself could never do, and who must notice. */
export interface Planted {
  /** The law that it breaks. */
  readonly law: string;
  /** The deal that is damaged; null: something of no deal. */
  readonly of: keyof EveryDeal | null;
  /** Laws that no such damage can leave whole. */
  readonly also?: readonly string[];
  /** Run without triggers; `:deal` and `:dealNo` name the deal, `:now` is the time by the clock of the house. */
  readonly sql: string;
}
