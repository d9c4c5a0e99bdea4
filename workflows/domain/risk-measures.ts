/**
 * What the rules of risk can ask about a charge: a closed catalogue (docs/risk.md shows it). A rule names one of these;
 * each is a whole number, with this deal and this attempt counted. What holds or does not is 1 or 0.
 */

export const MEASURES = {
  principal: 'the principal of the deal, won',
  userDailyCount: 'deals of the payer on the KST day',
  userDailyAmount: 'their principal in all, won',
  cardHourlyCount: 'charges of the card within its hour, whoever has registered it',
  accountCards: 'cards that paid the recipient’s account on the KST day',
  deviceAccounts: 'accounts that were paid from the device on the KST day, the device as the server knows it',
  deviceTextAccounts: 'likewise, of all devices that clients call by the same text',
  memberForMs: 'how long the payer has been a member, ms',
  recipientIsPayer: '1: the holder of the account has the payer’s verified name',
  membersPayEachOther:
    '1: a member of the recipient’s name paid, within 30 days, an account whose holder has the payer’s name',
  newDevice: '1: no charge of the payer from this device stands that is a day old',
  newRecipient: '1: no charge of the payer to this account stands that is a day old',
  denied: '1: the card, the account or the device is on the list of those denied',
  trusted: '1: the card, the account or the device is on the list of those trusted',
} as const satisfies Readonly<Record<string, string>>;

export type Measure = keyof typeof MEASURES;

/** What was measured; a measure that is absent is not known. */
export type Measures = Readonly<Partial<Record<Measure, number>>>;

export const isMeasure = (name: unknown): name is Measure => typeof name === 'string' && Object.hasOwn(MEASURES, name);

/** The sums of a payer's day and a card's hour: what limits are of. */
export interface Counted {
  readonly userDailyCount: number;
  /** Won. */
  readonly userDailyAmount: number;
  readonly cardHourlyCount: number;
}
