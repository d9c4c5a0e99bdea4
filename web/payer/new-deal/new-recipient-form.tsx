/** A new account: the bank is asked who holds it, and the payer sees the answer before anything can be sent. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Refused, taken } from '../../shared/answers';
import type { components } from '../../shared/api';
import { api } from '../../shared/client';
import { Button } from '../../shared/ui/button';
import { Field } from '../../shared/ui/field';
import { Notice } from '../../shared/ui/notice';
import { fieldError, isAboutFields, SaidError } from '../said-error';
import { useTexts } from '../texts/texts';
import { BankPicker } from './bank-picker';

type BankCode = components['schemas']['Bank']['code'];

interface Props {
  saved(recipientId: string): void;
}

export function NewRecipientForm({ saved }: Props): ReactNode {
  const { texts } = useTexts();
  const [bankCode, setBankCode] = useState<BankCode>();
  const [accountNumber, setAccountNumber] = useState('');
  const [holderName, setHolderName] = useState('');
  const verify = useVerification(saved);
  const send = (confirmedName?: string) => {
    if (!bankCode || verify.isPending) return;
    verify.mutate({ bankCode, accountNumber, holderName, ...(confirmedName !== undefined && { confirmedName }) });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send();
  };
  const bankHolderName = verify.error instanceof Refused ? verify.error.problem.bankHolderName : undefined;
  const isTold = verify.error && bankHolderName === undefined && !isAboutFields(verify.error);
  return (
    <form className="flex flex-col gap-5" onSubmit={submit}>
      <BankPicker chosen={bankCode} choose={setBankCode} error={fieldError(verify.error, 'bankCode')} />
      <Field
        label={texts.recipient.account}
        hint={texts.recipient.accountHint}
        error={fieldError(verify.error, 'accountNumber')}
        inputMode="numeric"
        autoComplete="off"
        pattern="[0-9]{10,14}"
        required
        value={accountNumber}
        onChange={(event) => setAccountNumber(event.target.value.replace(/\D/g, ''))}
      />
      <Field
        label={texts.recipient.holder}
        hint={texts.recipient.holderHint}
        error={fieldError(verify.error, 'holderName')}
        autoComplete="off"
        required
        maxLength={50}
        value={holderName}
        onChange={(event) => setHolderName(event.target.value)}
      />
      {isTold && <SaidError error={verify.error} />}
      {bankHolderName !== undefined && (
        <OtherName name={bankHolderName} yes={() => send(bankHolderName)} no={verify.reset} />
      )}
      {bankHolderName === undefined && (
        <Button type="submit" busy={verify.isPending} disabled={!bankCode}>
          {verify.isPending ? texts.recipient.verifying : texts.recipient.verify}
        </Button>
      )}
    </form>
  );
}

interface Account {
  readonly bankCode: BankCode;
  readonly accountNumber: string;
  readonly holderName: string;
  readonly confirmedName?: string;
}

/** The same account again answers with the same recipient: it may be sent twice. */
function useVerification(saved: Props['saved']) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (account: Account) => taken(api.POST('/v1/recipients', { body: account as never })),
    onSuccess: ({ id }) => {
      void queryClient.invalidateQueries({ queryKey: ['recipients'] });
      saved(id);
    },
  });
}

interface OtherNameProps {
  readonly name: string;
  yes(): void;
  no(): void;
}

function OtherName({ name, yes, no }: OtherNameProps): ReactNode {
  const { texts } = useTexts();
  return (
    <Notice look="warn" title={texts.recipient.differs(name)}>
      <p>{texts.recipient.differsAsk}</p>
      <div className="mt-3 flex flex-wrap gap-2">
        <Button onClick={yes}>{texts.recipient.yes}</Button>
        <Button look="quiet" onClick={no}>
          {texts.recipient.no}
        </Button>
      </div>
    </Notice>
  );
}
