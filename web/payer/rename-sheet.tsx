/** A name of the payer's own for what is saved; an empty one takes it away. */
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { tryAgain } from '../shared/answers';
import { Button } from '../shared/ui/button';
import { Field } from '../shared/ui/field';
import { Sheet } from '../shared/ui/sheet';
import { fieldError, isAboutFields, SaidError } from './said-error';
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
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!rename.isPending) rename.mutate();
  };
  return (
    <Sheet title={title} closeLabel={texts.close} onClose={close}>
      <form className="flex flex-col gap-5" onSubmit={submit}>
        <Field
          label={texts.nickname}
          hint={hint}
          error={fieldError(rename.error, 'nickname')}
          autoComplete="off"
          maxLength={max}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        {rename.error && !isAboutFields(rename.error) && <SaidError error={rename.error} />}
        <Button type="submit" busy={rename.isPending}>
          {texts.save}
        </Button>
      </form>
    </Sheet>
  );
}
