/** Korean or English, from every page that is open to strangers. */
import type { ReactNode } from 'react';
import { useSettings } from '../shared/settings';
import { useTexts } from './texts/texts';

export function LanguageButton(): ReactNode {
  const { texts, language } = useTexts();
  const speak = useSettings((settings) => settings.speak);
  return (
    <button
      type="button"
      lang={language === 'ko' ? 'en' : 'ko'}
      className="min-h-11 px-3 text-sm text-soft"
      onClick={() => speak(language === 'ko' ? 'en' : 'ko')}
    >
      {texts.language}
    </button>
  );
}
