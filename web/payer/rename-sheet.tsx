/** A name of the payer's own for what is saved; an empty one takes it away. */
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { tryAgain } from '../shared/answers';
import { Field } from '../shared/ui/field';
import { Sheet } from '../shared/ui/sheet';
import { Form } from './form';
import { fieldError } from './said-error';
import { useTexts } from './texts/texts';

interface Props {
  readonly title: string;
  readonly hint: string;
  readonly name: string | null;
  /** Characters. */
  readonly max: number;
  /** Sent again when it is not answered: the same name twice is the same name. */
  save(name: string | null): Promise<unknown>;
  close(): void;
}

export function RenameSheet({ title, hint, name, max, save, close }: Props): ReactNode {
  const { texts } = useTexts();
  const [text, setText] = useState(name ?? '');
  const rename = useMutation({
    mutationFn: () => save(text.trim() === '' ? null : text.trim()),
    ...tryAgain,
    onSuccess: close,
  });
  return (
    <Sheet title={title} closeLabel={texts.close} onClose={close}>
      <Form submit={texts.save} busy={rename.isPending} error={rename.error} send={rename.mutate}>
        <Field
          label={texts.nickname}
          hint={hint}
          error={fieldError(rename.error, 'nickname')}
          autoComplete="off"
          maxLength={max}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </Form>
    </Sheet>
  );
}
