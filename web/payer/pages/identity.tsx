/** Who the member is, proven or still to be; nothing where it is not asked for. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Redirect } from 'wouter';
import { dateText } from '../../shared/format';
import { Notice } from '../../shared/ui/notice';
import { IdentityCheck } from '../account/identity-check';
import { SubPage } from '../account/sub-page';
import { type Me, meQuery } from '../data';
import { Read } from '../read';
import { useTexts } from '../texts/texts';

export function IdentityPage(): ReactNode {
  const { texts } = useTexts();
  const me = useQuery(meQuery);
  return (
    <SubPage title={texts.account.identity.title}>
      <Read of={me}>
        {({ identity }) => (identity.required ? <Standing {...identity} /> : <Redirect to="/me" replace />)}
      </Read>
    </SubPage>
  );
}

function Standing({ verifiedAt }: Me['identity']): ReactNode {
  const { texts, language } = useTexts();
  const words = texts.account.identity;
  return (
    <>
      {verifiedAt ? (
        <Notice look="good" title={words.verified(dateText(verifiedAt, language))}>
          {words.again}
        </Notice>
      ) : (
        <p className="text-soft">{words.lead}</p>
      )}
      <IdentityCheck key={verifiedAt} />
    </>
  );
}
