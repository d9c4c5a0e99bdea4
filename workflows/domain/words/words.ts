/** What people read, in each language that PLIC speaks. */
export interface Words {
  readonly ko: string;
  readonly en: string;
}

/** Word → what people read for it: every word of `T`, or it does not compile. */
export type WordTable<T extends string> = Readonly<Record<T, Words>>;
