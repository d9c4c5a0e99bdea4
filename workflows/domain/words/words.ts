/** The languages that PLIC speaks; the first is the one of whoever has chosen none. */
export const LANGUAGES = ['ko', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

/** What people read, in each language that PLIC speaks. */
export type Words = Readonly<Record<Language, string>>;

/** Word → what people read for it: every word of `T`, or it does not compile. */
export type WordTable<T extends string> = Readonly<Record<T, Words>>;
