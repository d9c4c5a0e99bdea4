/** Every text of every notice, with sample variables that are as wide as any: docs/notices.md and the previews. */
import { type Channel, NOTICES, type NoticeTemplate } from '../notices';
import { type Message, noticeMessage, spokenChannels, variablesOf } from './notice-texts';
import { NOTICE_VARIABLES } from './notice-variables';
import { LANGUAGES, type Language } from './words';

export interface NoticePreview extends Message {
  readonly template: NoticeTemplate;
  readonly channel: Channel;
  readonly language: Language;
}

/** A host as long as that of the app may be, for codes to go by one SMS. */
const SAMPLE_HOST = 'app.plic.co.kr';
const SAMPLE_CODE = '042137';

export const NOTICE_TEMPLATES = Object.keys(NOTICES) as NoticeTemplate[];

/** The sample of every variable of the notice. */
export const sampleParams = (template: NoticeTemplate): Readonly<Record<string, unknown>> =>
  Object.fromEntries(variablesOf(template).map((name) => [name, NOTICE_VARIABLES[name].sample]));

/** The texts of a notice: by each channel that it has one for, in each language. */
export const previewsOf = (template: NoticeTemplate): readonly NoticePreview[] =>
  spokenChannels(template).flatMap((channel) =>
    LANGUAGES.map((language) => ({
      ...{ template, channel, language },
      ...noticeMessage(template, channel, {
        ...{ language, params: sampleParams(template), secret: SAMPLE_CODE, host: SAMPLE_HOST },
      }),
    })),
  );
