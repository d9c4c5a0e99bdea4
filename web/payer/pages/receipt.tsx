/** The receipt of a deal: to look at, to print, to save as a file by the browser's own dialog. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Button } from '../../shared/ui/button';
import { Page } from '../../shared/ui/page';
import { receiptQuery } from '../data';
import { Read } from '../read';
import { ReceiptLines } from '../receipt/receipt-lines';
import { useTexts } from '../texts/texts';
import { useWayBack } from '../way-back';

export function ReceiptPage({ dealId }: { readonly dealId: string }): ReactNode {
  const { texts } = useTexts();
  const receipt = useQuery(receiptQuery(dealId));
  const back = useWayBack({ label: texts.back, href: `/deals/${dealId}` });
  return (
    <Page
      title={texts.receipt.title}
      back={back}
      foot={receipt.data && <Button onClick={() => print()}>{texts.receipt.print}</Button>}
    >
      <Read of={receipt} rows={6}>
        {(data) => <ReceiptLines receipt={data} />}
      </Read>
    </Page>
  );
}
