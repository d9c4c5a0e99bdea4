/** The way between the main pages, at the foot of each of them. */
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { useTexts } from './texts/texts';

/** Outlines on a field of 24 by 24. */
const ICONS = {
  home: 'M4 11 12 4l8 7v8a1 1 0 0 1-1 1h-4v-6H9v6H5a1 1 0 0 1-1-1z',
  history: 'M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6',
  me: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-4 3.5-6 8-6s8 2 8 6',
} as const;

const PLACES = [
  { name: 'home', href: '/' },
  { name: 'history', href: '/history' },
  { name: 'me', href: '/me' },
] as const;

export function Navigation(): ReactNode {
  const { texts } = useTexts();
  const [here] = useLocation();
  return (
    <nav aria-label={texts.navigation.label} className="-mx-2">
      <ul className="grid grid-cols-3">
        {PLACES.map(({ name, href }) => (
          <li key={name}>
            <Link
              href={href}
              aria-current={here === href ? 'page' : undefined}
              className="flex min-h-12 flex-col items-center justify-center border-b-2 border-transparent
                text-sm text-soft aria-[current=page]:border-brand aria-[current=page]:font-bold
                aria-[current=page]:text-brand"
            >
              <svg viewBox="0 0 24 24" className="h-6 w-6" fill="none" stroke="currentColor" aria-hidden="true">
                <path d={ICONS[name]} strokeWidth="2" strokeLinejoin="round" strokeLinecap="round" />
              </svg>
              {texts.navigation[name]}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
