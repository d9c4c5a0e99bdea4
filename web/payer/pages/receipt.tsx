/** The receipt of a deal: to look at, to print, to save as a file by the browser's own dialog. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { isUndecided } from '../../shared/answers';
import { Button } from '../../shared/ui/button';
import { Page } from '../../shared/ui/page';
import { Skeleton } from '../../shared/ui/skeleton';
import { receiptQuery } from '../data';
import { ReceiptLines } from '../receipt/receipt-lines';
import { SaidError } from '../said-error';
import { useTexts } from '../texts/texts';
import { useWayBack } from '../way-back';

export function ReceiptPage({ dealId }: { readonly dealId: string }): ReactNode {
  const { texts } = useTexts();
  const { data, error, refetch } = useQuery(receiptQuery(dealId));
  const back = useWayBack({ label: texts.back, href: `/deals/${dealId}` });
  const again = error && isUndecided(error) ? () => void refetch() : undefined;
  return (
    <Page
      title={texts.receipt.title}
      back={back}
      foot={data && <Button onClick={() => print()}>{texts.receipt.print}</Button>}
    >
      {data && <ReceiptLines receipt={data} />}
      {!data && (error ? <SaidError error={error} again={again} /> : <Skeleton label={texts.loading} rows={6} />)}
    </Page>
  );
}
