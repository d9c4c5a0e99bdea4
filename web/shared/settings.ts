/** What a person chose on this device: kept in its storage, sent nowhere but as the language of requests. */
import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import type { Language } from '../../workflows/domain/words/words';

interface Settings {
  readonly language: Language;
  speak(language: Language): void;
}

/** Korean unless English is preferred, as the API has it. */
const preferred = (): Language => (navigator.language.startsWith('en') ? 'en' : 'ko');

export const useSettings = create<Settings>()(
  persist((set) => ({ language: preferred(), speak: (language) => set({ language }) }), { name: 'plic-settings' }),
);

export const language = (): Language => useSettings.getState().language;
