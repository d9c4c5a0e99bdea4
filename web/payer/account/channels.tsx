/** By which channels news of deals comes, and by which it really does. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Link } from 'wouter';
import { CHANNELS, type Channel } from '../../../workflows/domain/notices';
import { taken } from '../../shared/answers';
import type { components } from '../../shared/api';
import { api } from '../../shared/client';
import { Notice } from '../../shared/ui/notice';
import { noticesQuery } from '../data';
import { Form } from '../form';
import { fieldError } from '../said-error';
import { useTexts } from '../texts/texts';
import { FROM_INSIDE } from '../way-back';

type Choices = components['schemas']['NotificationChoices'];

export function Channels({ choices }: { readonly choices: Choices }): ReactNode {
  const { texts, said } = useTexts();
  const { channels, inUse } = choices.dealNews;
  const [chosen, setChosen] = useState<readonly Channel[]>(channels);
  const save = useChoice(chosen);
  const words = texts.account.notices;
  const turn = (channel: Channel, on: boolean) => {
    save.reset();
    setChosen(CHANNELS.filter((one) => (one === channel ? on : chosen.includes(one))));
  };
  const refused = fieldError(save.error, 'dealNews.channels') ?? (chosen.length === 0 ? words.atLeastOne : undefined);
  const needsEmail = channels.includes('email') && !inUse.includes('email');
  return (
    <Form submit={texts.account.save} busy={save.isPending} error={save.error} send={save.mutate}>
      <fieldset className="flex flex-col">
        <legend className="mb-1 text-sm font-medium text-soft">{words.legend}</legend>
        {CHANNELS.map((channel) => (
          <label key={channel} className="flex min-h-12 items-center gap-3">
            <input
              type="checkbox"
              className="h-5 w-5 shrink-0 accent-(--brand)"
              checked={chosen.includes(channel)}
              onChange={(event) => turn(channel, event.target.checked)}
            />
            {words[channel]}
          </label>
        ))}
      </fieldset>
      <p className="text-soft">{words.inUse(inUse.map((channel) => words[channel]).join(', '))}</p>
      {refused && (
        <p role="alert" className="text-sm text-bad">
          {refused}
        </p>
      )}
      {(choices.emailTrouble || needsEmail) && (
        <Notice look="warn">
          <p>{choices.emailTrouble ? said(choices.emailTrouble.message) : words.verifyEmail}</p>
          <Link
            href="/me/contact"
            state={FROM_INSIDE}
            className="inline-flex min-h-11 items-center text-brand underline"
          >
            {words.toEmail}
          </Link>
        </Notice>
      )}
      {save.isSuccess && <Notice look="good">{texts.account.saved}</Notice>}
    </Form>
  );
}

function useChoice(channels: readonly Channel[]) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => {
      const body = { dealNews: { channels: [...channels] } };
      return taken(api.PATCH('/v1/users/me/notifications', { body }));
    },
    onSuccess: (choices) => queryClient.setQueryData(noticesQuery.queryKey, choices),
  });
}
