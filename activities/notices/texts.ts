/**
 * What a notice says. A code is the only run of six digits in its text, so that people and phones find it (spec §13).
 */

/** `2026-12-02` as `12월 2일`. */
const dayOf = (day: unknown): string => {
  const [, month, date] = String(day).split('-').map(Number);
  return `${month}월 ${date}일`;
};
const won = (amount: unknown): string => `${Number(amount).toLocaleString('ko-KR')}원`;

/** What a code is for, by its template. */
const CODES: Readonly<Record<string, string>> = {
  'auth-code': '인증번호',
  'password-reset-code': '비밀번호 재설정 인증번호',
  'old-phone-code': '휴대폰 번호 변경(기존 번호) 인증번호',
  'new-phone-code': '휴대폰 번호 변경(새 번호) 인증번호',
};

/**
 * A template's text; `secret` is the code of those that bring one. Throws for an unknown template or a code without its
 * secret.
 */
export function noticeText(template: string, params: Readonly<Record<string, unknown>>, secret: string | null): string {
  const code = CODES[template];
  if (code !== undefined) {
    if (secret === null) throw new Error('the code of this notice is gone');
    return `[PLIC] ${code} ${secret}\n3분 안에 입력해 주세요. 누구에게도 알려주지 마세요.`;
  }
  const { dealNo, amount, statementBy } = params;
  switch (template) {
    case 'deal-completed':
      return `[PLIC] 거래 ${dealNo}: 받는 분 계좌로 ${won(amount)}을 보냈습니다.`;
    case 'deal-failed':
      return `[PLIC] 거래 ${dealNo}: ${won(amount)} 송금이 되지 않아 처리하고 있습니다. 끝내 보내지 못하면 수수료까지 카드로 전액 환불됩니다.`;
    case 'deal-refunded':
      return `[PLIC] 거래 ${dealNo}: 카드 결제 ${won(amount)}을 취소했습니다. 카드 명세서에는 카드사에 따라 늦어도 ${dayOf(statementBy)}까지 반영됩니다.`;
    case 'fee-refunded':
      return `[PLIC] 거래 ${dealNo}: 수수료 중 ${won(amount)}을 돌려드렸습니다. 카드 명세서에는 카드사에 따라 늦어도 ${dayOf(statementBy)}까지 반영됩니다.`;
    case 'password-changed':
      return '[PLIC] 비밀번호가 변경되어 다른 기기에서 로그아웃되었습니다. 본인이 아니라면 바로 비밀번호를 재설정하고 고객센터에 알려 주세요.';
    case 'phone-changed':
      return '[PLIC] 회원님의 휴대폰 번호가 다른 번호로 변경되었습니다. 본인이 아니라면 바로 고객센터에 알려 주세요.';
    case 'membership-ended':
      return '[PLIC] 회원 탈퇴가 완료되었습니다. 그동안 이용해 주셔서 감사합니다.';
    default:
      throw new Error(`no text for a notice ${template}`);
  }
}
