/** The way back: to the very page that was come from, with its filters, when that was one of the app. */
import { useLocation } from 'wouter';
import { useTexts } from './texts/texts';

/** The state of an entry of the browser's history that a link of the app made. */
export const FROM_INSIDE = { fromInside: true } as const;

interface WayBack {
  readonly label: string;
  go(): void;
}

/** `home`: where it leads whoever came from elsewhere, and what that is called. */
export function useWayBack(home: { readonly label: string; readonly href: string }): WayBack {
  const { texts } = useTexts();
  const [, go] = useLocation();
  const state: Partial<typeof FROM_INSIDE> | null = history.state;
  if (state?.fromInside) return { label: texts.back, go: () => history.back() };
  return { label: home.label, go: () => go(home.href) };
}
