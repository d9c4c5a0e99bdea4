/** Another phone: by the password, a code to the present one and a code to the new one. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { taken } from '../../shared/answers';
import { api } from '../../shared/client';
import { Notice } from '../../shared/ui/notice';
import { meQuery } from '../data';
import { Form } from '../form';
import { useTexts } from '../texts/texts';
import { CodeSent, useCodes } from './code-sent';
import { CodeField, PasswordField, PhoneField } from './fields';
import { Part } from './sub-page';

export function PhoneChange(): ReactNode {
  const { texts } = useTexts();
  const words = texts.account.contact;
  const [phone, setPhone] = useState('');
  const [password, setPassword] = useState('');
  const forget = () => {
    setPhone('');
    setPassword('');
  };
  const { ask, stage, change, done } = useCodes(
    () => taken(api.POST('/v1/users/me/phone', { body: { phone, password } })),
    forget,
  );
  return (
    <Part title={words.changePhone}>
      {stage === 'done' && <Notice look="good">{words.phoneChanged}</Notice>}
      {stage === 'sent' ? (
        <>
          <Codes phone={phone} done={done} />
          <CodeSent ask={ask} change={change} />
        </>
      ) : (
        <Form submit={words.sendBoth} busy={ask.isPending} error={ask.error} send={ask.mutate}>
          <PhoneField label={words.newPhone} value={phone} error={ask.error} fill={setPhone} />
          <PasswordField value={password} error={ask.error} fill={setPassword} />
        </Form>
      )}
      <p className="text-sm text-soft">{words.noOldPhone}</p>
    </Part>
  );
}

interface CodesProps {
  readonly phone: string;
  done(): void;
}

function Codes({ phone, done }: CodesProps): ReactNode {
  const { texts } = useTexts();
  const words = texts.account.contact;
  const [codes, setCodes] = useState({ oldCode: '', newCode: '' });
  const queryClient = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => taken(api.POST('/v1/users/me/phone/confirm', { body: codes })),
    onSuccess: async () => {
      done();
      await queryClient.invalidateQueries({ queryKey: meQuery.queryKey });
    },
  });
  return (
    <Form submit={words.confirm} busy={isPending} error={error} send={mutate}>
      <p role="status" className="text-soft">
        {words.sentBoth(phone)}
      </p>
      <CodeField
        takesFocus
        label={words.oldCode}
        path="oldCode"
        value={codes.oldCode}
        error={error}
        fill={(oldCode) => setCodes({ ...codes, oldCode })}
      />
      <CodeField
        label={words.newCode}
        path="newCode"
        value={codes.newCode}
        error={error}
        fill={(newCode) => setCodes({ ...codes, newCode })}
      />
    </Form>
  );
}
