/** How news reaches the member. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Channels } from '../account/channels';
import { PushHere } from '../account/push-here';
import { SubPage } from '../account/sub-page';
import { noticesQuery } from '../data';
import { Read } from '../read';
import { useTexts } from '../texts/texts';

export function NoticesPage(): ReactNode {
  const { texts } = useTexts();
  const choices = useQuery(noticesQuery);
  return (
    <SubPage title={texts.account.notices.title}>
      <p className="text-soft">{texts.account.notices.lead}</p>
      <Read of={choices}>{(data) => <Channels choices={data} />}</Read>
      <PushHere />
    </SubPage>
  );
}
