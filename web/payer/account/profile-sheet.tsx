/** The member's name, and the language of their notices. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Refused, taken } from '../../shared/answers';
import { api } from '../../shared/client';
import { Choice } from '../../shared/ui/choice';
import { Field } from '../../shared/ui/field';
import { Sheet } from '../../shared/ui/sheet';
import { type Me, meQuery } from '../data';
import { Form } from '../form';
import { fieldError } from '../said-error';
import { useTexts } from '../texts/texts';

interface Props {
  readonly me: Me;
  close(): void;
}

export function ProfileSheet({ me, close }: Props): ReactNode {
  const { texts } = useTexts();
  const [name, setName] = useState(me.name);
  const [language, setLanguage] = useState(me.language);
  const isVerified = me.identity.verifiedAt !== null;
  const queryClient = useQueryClient();
  const save = useMutation({
    mutationFn: () => taken(api.PATCH('/v1/users/me', { body: { language, ...(name !== me.name && { name }) } })),
    onSuccess: (changed) => {
      queryClient.setQueryData(meQuery.queryKey, changed);
      close();
    },
  });
  const words = texts.account.profile;
  return (
    <Sheet title={words.title} closeLabel={texts.close} onClose={close}>
      <Form submit={texts.account.save} busy={save.isPending} error={save.error} send={save.mutate}>
        <Field
          label={texts.account.name}
          hint={isVerified ? words.verified : texts.signUp.nameHint}
          error={nameError(save.error)}
          autoComplete="name"
          required
          maxLength={50}
          readOnly={isVerified}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <Choice<Me['language']>
          legend={words.language}
          name="notice-language"
          chips
          options={[
            { value: 'ko', label: words.korean },
            { value: 'en', label: words.english },
          ]}
          value={language}
          choose={setLanguage}
        />
      </Form>
    </Sheet>
  );
}

const nameError = (error: unknown): string | undefined =>
  error instanceof Refused && error.problem.code === 'name-verified' ? error.problem.detail : fieldError(error, 'name');
