/** The member's own page: who they are, their grade, what they may still pay today, and the ways to the rest. */
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { dayText, kstDay, wonText } from '../../shared/format';
import { Page } from '../../shared/ui/page';
import { Grade } from '../account/grade';
import { Links } from '../account/links';
import { LogOut } from '../account/log-out';
import { maskedEmail, maskedPhone } from '../account/mask';
import { ProfileSheet } from '../account/profile-sheet';
import { Part } from '../account/sub-page';
import { type Me, meQuery } from '../data';
import { LanguageButton } from '../language-button';
import { Navigation } from '../navigation';
import { Read } from '../read';
import { useTexts } from '../texts/texts';

export function MePage(): ReactNode {
  const { texts } = useTexts();
  const me = useQuery(meQuery);
  return (
    <Page title={texts.account.title} aside={<LanguageButton />} foot={<Navigation />}>
      <Read of={me}>{(data) => <Shown me={data} />}</Read>
      <LogOut />
    </Page>
  );
}

function Shown({ me }: { readonly me: Me }): ReactNode {
  const { texts, language } = useTexts();
  const [edits, setEdits] = useState(false);
  const { name, phone, email, limits } = me;
  const words = texts.account;
  return (
    <>
      <dl className="flex flex-col gap-3 rounded-2xl bg-raised p-4">
        {[
          [words.name, name],
          [words.phone, maskedPhone(phone)],
          [words.email, maskedEmail(email)],
        ].map(([term, value]) => (
          <div key={term} className="flex justify-between gap-6">
            <dt className="shrink-0 text-soft">{term}</dt>
            <dd className="text-right">{value}</dd>
          </div>
        ))}
      </dl>
      <Grade me={me} />
      <Part title={words.limits.title}>
        <div className="flex flex-col gap-1 rounded-2xl bg-raised p-4">
          <p className="font-semibold">{words.limits.left(wonText(limits.amountLeft, language), limits.dealsLeft)}</p>
          <p className="text-soft">{words.limits.resets(dayText(kstDay(new Date(limits.resetsAt)), language))}</p>
        </div>
      </Part>
      <Links me={me} editProfile={() => setEdits(true)} />
      {edits && <ProfileSheet me={me} close={() => setEdits(false)} />}
    </>
  );
}
