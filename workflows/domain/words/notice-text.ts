/** What the text of a notice is made of: a title, a text for each channel, and the variables that they may name. */
import type { VariableName } from './notice-variables';
import type { Words } from './words';

/**
 * `{amount}` stands for a variable; `{code}` for the code that the notice brings, and `{host}` for the app's, which a
 * phone needs to fill the code in by itself (WebOTP).
 */
export interface NoticeText {
  readonly variables: readonly VariableName[];
  /** The subject of an e-mail, the title of a push and of a long SMS; after `[PLIC] `, where nothing else names us. */
  readonly title: Words;
  readonly sms?: Words;
  readonly email?: Words;
  readonly push?: Words;
}

/** How every e-mail ends. */
const SIGNED: Words = {
  ko: '\n\nPLIC 드림\n이 메일은 발신 전용입니다.',
  en: '\n\nPLIC\nThis address does not take answers.',
};

/** The text of an e-mail, with its end. */
export const mailOf = (text: Words): Words => ({ ko: text.ko + SIGNED.ko, en: text.en + SIGNED.en });
