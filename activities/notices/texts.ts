/**
 * What a notice says. A code is the only run of six digits in its text, so that people and phones find it (spec §13).
 */

/** `2026-12-02` as `12월 2일`. */
const dayOf = (day: unknown): string => {
  const [, month, date] = String(day).split('-').map(Number);
  return `${month}월 ${date}일`;
};
const won = (amount: unknown): string => `${Number(amount).toLocaleString('ko-KR')}원`;

/**
 * A template's text; `secret` is the code of `auth-code`. Throws for an unknown template or a code without its secret.
 */
export function noticeText(template: string, params: Readonly<Record<string, unknown>>, secret: string | null): string {
  const { dealNo, amount, statementBy } = params;
  switch (template) {
    case 'auth-code':
      if (secret === null) throw new Error('the code of this notice is gone');
      return `[PLIC] 인증번호 ${secret}\n3분 안에 입력해 주세요. 누구에게도 알려주지 마세요.`;
    case 'deal-completed':
      return `[PLIC] 거래 ${dealNo}: 받는 분 계좌로 ${won(amount)}을 보냈습니다.`;
    case 'deal-failed':
      return `[PLIC] 거래 ${dealNo}: ${won(amount)} 송금이 되지 않아 처리하고 있습니다. 끝내 보내지 못하면 수수료까지 카드로 전액 환불됩니다.`;
    case 'deal-refunded':
      return `[PLIC] 거래 ${dealNo}: 카드 결제 ${won(amount)}을 취소했습니다. 카드 명세서에는 카드사에 따라 늦어도 ${dayOf(statementBy)}까지 반영됩니다.`;
    case 'fee-refunded':
      return `[PLIC] 거래 ${dealNo}: 수수료 중 ${won(amount)}을 돌려드렸습니다. 카드 명세서에는 카드사에 따라 늦어도 ${dayOf(statementBy)}까지 반영됩니다.`;
    default:
      throw new Error(`no text for a notice ${template}`);
  }
}
