/** What a deal is for, as its payer says. A closed list; the database refuses any other word. */
export const DEAL_CATEGORIES = ['rent', 'tuition', 'car', 'personal', 'other'] as const;
export type DealCategory = (typeof DEAL_CATEGORIES)[number];
