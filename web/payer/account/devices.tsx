/** The devices that the server knows again. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { taken } from '../../shared/answers';
import { api } from '../../shared/client';
import { timeText } from '../../shared/format';
import { serverNow } from '../../shared/server-clock';
import { focusHeading } from '../../shared/ui/page';
import { devicesQuery, sessionsQuery } from '../data';
import { Read } from '../read';
import { removed } from '../remove-sheet';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';
import { Place } from './place';
import { Part } from './sub-page';

export function Devices(): ReactNode {
  const { texts, language } = useTexts();
  const words = texts.account.security;
  const devices = useQuery(devicesQuery);
  const forget = useForgetting();
  return (
    <Part title={words.devices}>
      <p className="text-sm text-soft">{words.devicesLead}</p>
      <Read of={devices}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="text-soft">{words.noDevices}</p>
          ) : (
            <ul className="flex flex-col gap-2">
              {items.map(({ id, label, createdAt, current }) => (
                <Place
                  key={id}
                  label={label}
                  time={words.since(timeText(createdAt, language, serverNow()))}
                  current={current}
                  end={{
                    ...{ name: words.forget, nameOf: words.forgetOf },
                    busy: forget.isPending && forget.variables === id,
                    act: () => forget.mutate(id),
                  }}
                />
              ))}
            </ul>
          )
        }
      </Read>
      {forget.error && <SaidError error={forget.error} />}
    </Part>
  );
}

/** Its sessions end with it. */
function useForgetting() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (deviceId: string) =>
      removed(() => taken(api.DELETE('/v1/users/me/devices/{deviceId}', { params: { path: { deviceId } } }))),
    onSuccess: focusHeading,
    onSettled: () =>
      Promise.all([sessionsQuery, devicesQuery].map(({ queryKey }) => queryClient.invalidateQueries({ queryKey }))),
  });
}
