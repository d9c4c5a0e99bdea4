/** Another password, by whoever knows the present one. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { taken } from '../../shared/answers';
import { api } from '../../shared/client';
import { Notice } from '../../shared/ui/notice';
import { sessionsQuery } from '../data';
import { Form } from '../form';
import { useTexts } from '../texts/texts';
import { NewPasswordField, PasswordField } from './fields';
import { Part } from './sub-page';

const EMPTY = { currentPassword: '', newPassword: '' };

export function PasswordChange(): ReactNode {
  const { texts } = useTexts();
  const words = texts.account.security;
  const [body, setBody] = useState(EMPTY);
  const queryClient = useQueryClient();
  const change = useMutation({
    mutationFn: () => taken(api.POST('/v1/users/me/password', { body })),
    onSuccess: () => {
      setBody(EMPTY);
      return queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey });
    },
  });
  const { error } = change;
  return (
    <Part title={words.changePassword}>
      {change.isSuccess && <Notice look="good">{words.changed}</Notice>}
      <Form submit={words.changePassword} busy={change.isPending} error={error} send={change.mutate}>
        <PasswordField
          label={words.current}
          path="currentPassword"
          value={body.currentPassword}
          error={error}
          fill={(currentPassword) => setBody({ ...body, currentPassword })}
        />
        <NewPasswordField
          value={body.newPassword}
          error={error}
          fill={(newPassword) => setBody({ ...body, newPassword })}
        />
      </Form>
    </Part>
  );
}
