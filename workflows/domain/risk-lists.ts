/** Lists of risk. Denied blocks; trusted lets patterns pass, never limits (risk-rules.ts). */
export const RISK_LISTS = ['denied', 'trusted'] as const;
export type RiskList = (typeof RISK_LISTS)[number];

export const RISK_LIST_KINDS = ['card', 'account', 'device'] as const;
export type RiskListKind = (typeof RISK_LIST_KINDS)[number];
