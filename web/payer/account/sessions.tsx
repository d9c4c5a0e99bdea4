/** Where the member is logged in, and how to end that. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { taken } from '../../shared/answers';
import { api } from '../../shared/client';
import { timeText } from '../../shared/format';
import { serverNow } from '../../shared/server-clock';
import { Button } from '../../shared/ui/button';
import { Notice } from '../../shared/ui/notice';
import { focusHeading } from '../../shared/ui/page';
import { devicesQuery, sessionsQuery } from '../data';
import { Read } from '../read';
import { removed } from '../remove-sheet';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';
import { Place } from './place';
import { Part } from './sub-page';

export function Sessions(): ReactNode {
  const { texts, language } = useTexts();
  const words = texts.account.security;
  const sessions = useQuery(sessionsQuery);
  const { endOne, endOthers } = useEnding();
  return (
    <Part title={words.sessions}>
      <Read of={sessions}>
        {({ items }) => (
          <>
            <ul className="flex flex-col gap-2">
              {items.map(({ id, label, refreshedAt, current }) => (
                <Place
                  key={id}
                  label={label}
                  time={words.usedAt(timeText(refreshedAt, language, serverNow()))}
                  current={current}
                  end={{
                    ...{ name: words.end, nameOf: words.endOf },
                    busy: endOne.isPending && endOne.variables === id,
                    act: () => endOne.mutate(id),
                  }}
                />
              ))}
            </ul>
            {items.some(({ current }) => !current) && (
              <Button look="quiet" busy={endOthers.isPending} onClick={() => endOthers.mutate()}>
                {words.endOthers}
              </Button>
            )}
          </>
        )}
      </Read>
      {endOthers.isSuccess && <Notice look="good">{words.ended}</Notice>}
      {[endOne.error, endOthers.error].map((error) => error && <SaidError key={error.name} error={error} />)}
    </Part>
  );
}

function useEnding() {
  const queryClient = useQueryClient();
  const onSettled = () =>
    Promise.all([sessionsQuery, devicesQuery].map(({ queryKey }) => queryClient.invalidateQueries({ queryKey })));
  const endOne = useMutation({
    mutationFn: (sessionId: string) =>
      removed(() => taken(api.DELETE('/v1/users/me/sessions/{sessionId}', { params: { path: { sessionId } } }))),
    onSuccess: focusHeading,
    onSettled,
  });
  const endOthers = useMutation({
    mutationFn: () => taken(api.DELETE('/v1/users/me/sessions', { params: { query: { others: 'true' } } })),
    onSuccess: focusHeading,
    onSettled,
  });
  return { endOne, endOthers };
}
