/** What a notice says, by channel and in the language of whoever gets it. */
import { CHANNELS, type Channel, NOTICES, type NoticeTemplate } from '../notices';
import type { NoticeText } from './notice-text';
import { ACCOUNT_TEXTS } from './notice-texts-account';
import { NEWS_TEXTS } from './notice-texts-news';
import { type Values, type VariableName, writeVariables } from './notice-variables';
import type { Language, Words } from './words';

export interface Message {
  /** The subject of an e-mail, the title of a push or a long SMS; a short one has none. */
  readonly title: string;
  readonly text: string;
}

interface Told {
  readonly language: Language;
  readonly params: Readonly<Record<string, unknown>>;
  /** The code that the notice brings. */
  readonly secret: string | null;
  /** Of the app's pages: phones fill a code in there, and nowhere else. */
  readonly host: string;
}

/** Kakao approves the words of an Alimtalk one by one: those in Korean. */
const APPROVED_LANGUAGE: Language = 'ko';

/** A text for every channel that may bring the notice; Alimtalk has the words of SMS. */
type Texts = {
  readonly [T in NoticeTemplate]: NoticeText & {
    readonly [C in Exclude<(typeof NOTICES)[T][number], 'alimtalk'>]: Words;
  };
};
const TEXTS = { ...ACCOUNT_TEXTS, ...NEWS_TEXTS } as const satisfies Texts;

/** The variables of a notice, each with its value. */
export type NoticeParams<T extends NoticeTemplate> = Values<(typeof TEXTS)[T]['variables'][number]>;

/** The text of a notice; undefined: there is no such notice. */
const textOf = (template: NoticeTemplate): NoticeText | undefined =>
  Object.hasOwn(TEXTS, template) ? TEXTS[template] : undefined;

/** The names of the variables that the notice has. */
export const variablesOf = (template: NoticeTemplate): readonly VariableName[] => textOf(template)?.variables ?? [];

/** The channels that the notice has a text of their own for. */
export const spokenChannels = (template: NoticeTemplate): readonly Exclude<Channel, 'alimtalk'>[] =>
  CHANNELS.filter((channel) => channel !== 'alimtalk').filter((channel) => textOf(template)?.[channel] !== undefined);

/**
 * What the notice says on this channel. Throws for an unknown template, a channel that it does not go by, a code
 * without its secret, and a variable that is missing, unknown or wrong; what it throws holds no value.
 */
export function noticeMessage(template: NoticeTemplate, channel: Channel, told: Told): Message {
  const texts = textOf(template);
  const isAlimtalk = channel === 'alimtalk' && (NOTICES[template] as readonly Channel[])?.includes(channel);
  const words = isAlimtalk ? texts?.sms : channel === 'alimtalk' ? undefined : texts?.[channel];
  if (!texts || !words) throw new Error(`no text for a notice ${template} by ${channel}`);
  const language = isAlimtalk ? APPROVED_LANGUAGE : told.language;
  const { secret, host } = told;
  const own = writtenOf(template, texts, { ...told, language });
  const title = channel === 'push' ? texts.title[language] : `[PLIC] ${texts.title[language]}`;
  const text = words[language].replace(/\{(\w+)\}/g, (_, name: string) => {
    if (name === 'host') return host;
    const value = name === 'code' ? secret : own[name];
    if (value == null) throw new Error(name === 'code' ? 'the code of this notice is gone' : `no variable "${name}"`);
    return value;
  });
  return { title, text };
}

function writtenOf(template: NoticeTemplate, { variables }: NoticeText, { params, language }: Told) {
  try {
    return writeVariables(variables, params, language);
  } catch (error) {
    throw new Error(`notice ${template}: ${(error as Error).message}`);
  }
}
