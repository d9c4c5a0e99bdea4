/** The ways from the member's own page. */
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Me } from '../data';
import { useTexts } from '../texts/texts';
import { FROM_INSIDE } from '../way-back';

const ROW = 'flex min-h-14 w-full items-center justify-between gap-4 px-4 py-3 text-left';

interface Props {
  readonly me: Me;
  editProfile(): void;
}

export function Links({ me, editProfile }: Props): ReactNode {
  const { texts } = useTexts();
  const words = texts.account;
  const ways = [
    { to: '/cards', name: words.cards },
    { to: '/recipients', name: words.recipients },
    { to: '/me/notices', name: words.notices.title },
    { to: '/me/contact', name: words.contact.title },
    { to: '/me/security', name: words.security.title },
    ...(me.identity.required ? [{ to: '/me/identity', name: words.identity.title }] : []),
    { to: '/me/consents', name: words.consents.title },
    { to: '/me/leave', name: words.leave.title },
  ];
  return (
    <ul className="flex flex-col divide-y divide-line rounded-2xl border border-line">
      <li>
        <button type="button" className={ROW} onClick={editProfile}>
          {words.profile.open}
          <Arrow />
        </button>
      </li>
      {ways.map(({ to, name }) => (
        <li key={to}>
          <Link href={to} state={FROM_INSIDE} className={ROW}>
            {name}
            <Arrow />
          </Link>
        </li>
      ))}
    </ul>
  );
}

const Arrow = (): ReactNode => (
  <span aria-hidden="true" className="text-xl text-soft">
    ›
  </span>
);
