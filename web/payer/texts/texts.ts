/** The app's texts in the language that was chosen. */
import type { Language, Words } from '../../../workflows/domain/words/words';
import { useSettings } from '../../shared/settings';
import { en } from './en';
import { ko, type Texts } from './ko';

const TEXTS: Readonly<Record<Language, Texts>> = { ko, en };

interface Spoken {
  readonly language: Language;
  readonly texts: Texts;
  /** Of words in both languages, those that are read here. */
  said(words: Words): string;
}

export function useTexts(): Spoken {
  const language = useSettings((settings) => settings.language);
  return { language, texts: TEXTS[language], said: (words) => words[language] };
}
