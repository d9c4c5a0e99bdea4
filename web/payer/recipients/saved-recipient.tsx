/** One saved recipient: whose account it is, and what can be done with it. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { BANKS } from '../../../workflows/domain/banks';
import { taken, tryAgain } from '../../shared/answers';
import { api } from '../../shared/client';
import { type Recipient, recipientsQuery } from '../data';
import { RemoveSheet } from '../remove-sheet';
import { RenameSheet } from '../rename-sheet';
import { RowButtons } from '../row-buttons';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';

const NICKNAME_MAX = 30;

export function SavedRecipient({ recipient }: { readonly recipient: Recipient }): ReactNode {
  const { texts, said } = useTexts();
  const [asking, setAsking] = useState<'rename' | 'remove'>();
  const { rename, remove } = useRecipient(recipient.id);
  const close = () => setAsking(undefined);
  const { nickname, holderName, bankCode, bankName, accountLast4 } = recipient;
  const name = nickname ?? holderName;
  const bank = BANKS[bankCode]?.name;
  const acts = [
    { label: texts.rename, act: () => setAsking('rename') },
    { label: texts.remove, look: 'danger' as const, act: () => setAsking('remove') },
  ];
  return (
    <li className="flex flex-col gap-3 rounded-2xl border border-line p-4">
      <div className="flex items-start justify-between gap-3">
        <p className="flex min-w-0 flex-col">
          <span className="font-semibold">{name}</span>
          <span className="text-sm text-soft">
            {bank ? said(bank) : bankName} ··{accountLast4} {nickname && holderName}
          </span>
        </p>
        <FavoriteButton recipient={recipient} name={`${name} ··${accountLast4}`} />
      </div>
      <RowButtons of={`${name} ··${accountLast4}`} acts={acts} />
      {asking === 'rename' && (
        <RenameSheet
          title={texts.recipients.renameTitle}
          hint={texts.recipients.renameHint}
          name={nickname}
          max={NICKNAME_MAX}
          save={rename}
          close={close}
        />
      )}
      {asking === 'remove' && (
        <RemoveSheet
          question={texts.recipients.removeAsk(name)}
          hint={texts.recipients.removeHint}
          remove={remove}
          close={close}
        />
      )}
    </li>
  );
}

/** Both change the list, which is read anew before they have ended. */
function useRecipient(recipientId: string) {
  const readAnew = useReadAnew();
  const params = { path: { recipientId } };
  return {
    rename: (nickname: string | null) =>
      taken(api.PATCH('/v1/recipients/{recipientId}', { params, body: { nickname } })).then(readAnew),
    remove: () => taken(api.DELETE('/v1/recipients/{recipientId}', { params })).finally(readAnew),
  };
}

function useReadAnew(): () => Promise<void> {
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries(recipientsQuery);
}

interface FavoriteProps {
  readonly recipient: Recipient;
  readonly name: string;
}

function FavoriteButton({ recipient: { id, favorite }, name }: FavoriteProps): ReactNode {
  const { texts } = useTexts();
  const readAnew = useReadAnew();
  const toggle = useMutation({
    mutationFn: () => {
      const params = { path: { recipientId: id } };
      const path = '/v1/recipients/{recipientId}/favorite';
      return taken<unknown>(favorite ? api.DELETE(path, { params }) : api.PUT(path, { params, body: {} }));
    },
    ...tryAgain,
    onSettled: readAnew,
  });
  return (
    <div className="flex shrink-0 flex-col items-end">
      <button
        type="button"
        aria-pressed={favorite}
        aria-label={texts.of(texts.recipient.favorite, name)}
        onClick={() => !toggle.isPending && toggle.mutate()}
        className="flex h-11 w-11 items-center justify-center rounded-full text-2xl text-warn"
      >
        <span aria-hidden="true">{favorite ? '★' : '☆'}</span>
      </button>
      {toggle.error && <SaidError error={toggle.error} />}
    </div>
  );
}
