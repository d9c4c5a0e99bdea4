/**
 * What a notice says, by channel. A code is the only run of six digits in its text, so that people and phones find it
 * (spec §13). No recipient, account or new address is named: a notice may reach somebody else.
 */
import type { Channel, NOTICES, NoticeTemplate } from '../notices';

export interface Message {
  /** The subject of an e-mail; an SMS has none. */
  readonly title: string;
  readonly text: string;
}

interface Told {
  readonly params: Readonly<Record<string, unknown>>;
  /** The code that the notice brings. */
  readonly secret: string | null;
}
type Words = (told: Told) => string;
/** A title, and a text for every channel that may bring the notice. */
type Texts = {
  readonly [T in NoticeTemplate]: { readonly title: string } & {
    readonly [C in (typeof NOTICES)[T][number]]: Words;
  };
};

/** `2026-12-02` as `12월 2일`; null, of a day that is not known yet, as `M월 D일`. */
const dayOf = (day: unknown): string => {
  if (day === null) return 'M월 D일';
  const [, month, date] = String(day).split('-').map(Number);
  return `${month}월 ${date}일`;
};
const won = (amount: unknown): string => `${Number(amount).toLocaleString('ko-KR')}원`;

function codeOf({ secret }: Told): string {
  if (secret === null) throw new Error('the code of this notice is gone');
  return secret;
}

const SIGNED = '\n\nPLIC 드림\n이 메일은 발신 전용입니다.';
const NOT_YOU = '본인이 한 일이 아니라면 바로 고객센터에 알려 주세요.';
const ON_STATEMENT = ({ params: { statementBy } }: Told): string =>
  `카드 명세서에는 카드사에 따라 늦어도 ${dayOf(statementBy)}까지 반영됩니다.`;

/** A code, and what it is for. */
const codeBySms = (what: string) => ({
  title: `[PLIC] ${what}`,
  sms: (told: Told) => `[PLIC] ${what} ${codeOf(told)}\n3분 안에 입력해 주세요. 누구에게도 알려주지 마세요.`,
});

/** News of a deal: the same sentence everywhere, with a frame of the channel's own. */
const news = (title: string, sentence: Words) => ({
  title: `[PLIC] ${title}`,
  sms: (told: Told) => `[PLIC] 거래 ${told.params.dealNo}: ${sentence(told)}`,
  email: (told: Told) =>
    `거래번호 ${told.params.dealNo}\n\n${sentence(told)}\n\n진행 내용은 PLIC의 거래 내역에서 확인하실 수 있습니다.${SIGNED}`,
});

const gradeOf = ({ params: { firstDay, grade, feeBps } }: Told): string =>
  `${dayOf(firstDay)}부터 회원님의 등급은 ${grade}, 수수료는 ${Number(feeBps) / 100}%입니다.`;

const TEXTS: Texts = {
  'auth-code': codeBySms('인증번호'),
  'password-reset-code': codeBySms('비밀번호 재설정 인증번호'),
  'old-phone-code': codeBySms('휴대폰 번호 변경(기존 번호) 인증번호'),
  'new-phone-code': codeBySms('휴대폰 번호 변경(새 번호) 인증번호'),
  'password-changed': {
    title: '[PLIC] 비밀번호 변경',
    sms: () =>
      '[PLIC] 비밀번호가 변경되어 다른 기기에서 로그아웃되었습니다. 본인이 아니라면 바로 비밀번호를 재설정하고 고객센터에 알려 주세요.',
  },
  'phone-changed': {
    title: '[PLIC] 휴대폰 번호 변경',
    sms: () => `[PLIC] 회원님의 휴대폰 번호가 다른 번호로 변경되었습니다. ${NOT_YOU}`,
  },
  'membership-ended': {
    title: '[PLIC] 회원 탈퇴',
    sms: () => '[PLIC] 회원 탈퇴가 완료되었습니다. 그동안 이용해 주셔서 감사합니다.',
  },
  'email-code': {
    title: '[PLIC] 이메일 인증번호',
    email: (told) =>
      `인증번호 ${codeOf(told)}\n\n3분 안에 입력해 주세요. 누구에게도 알려주지 마세요.\n요청하지 않으셨다면 이 메일을 무시하셔도 됩니다.${SIGNED}`,
  },
  'email-changed': {
    title: '[PLIC] 이메일 주소가 변경되었습니다',
    email: () => `PLIC 계정의 이메일 주소가 변경되어, 앞으로 이 주소는 사용되지 않습니다.\n${NOT_YOU}${SIGNED}`,
  },
  'log-in-changed': {
    title: '[PLIC] 로그인 이메일 변경',
    sms: () => `[PLIC] 로그인 이메일이 변경되었습니다. ${NOT_YOU}`,
  },
  'email-taken': {
    title: '[PLIC] 이 이메일로 가입 시도가 있었습니다',
    email: () =>
      '이 이메일 주소로 새로 가입하려는 시도가 있었습니다. 주소가 이미 등록되어 있어 새 계정은 만들어지지 않았습니다.\n' +
      '본인의 계정이라면 로그인하시거나 비밀번호를 다시 설정해 주시고, 이 주소를 등록하신 적이 없다면 고객센터에 알려 주세요.' +
      SIGNED,
  },
  'deal-completed': news(
    '송금을 마쳤습니다',
    ({ params: { amount } }) => `받는 분 계좌로 ${won(amount)}을 보냈습니다.`,
  ),
  'deal-failed': news(
    '송금이 지연되고 있습니다',
    ({ params: { amount } }) =>
      `${won(amount)} 송금이 되지 않아 처리하고 있습니다. 끝내 보내지 못하면 수수료까지 카드로 전액 환불됩니다.`,
  ),
  'deal-refunded': news(
    '카드 결제를 취소했습니다',
    (told) => `카드 결제 ${won(told.params.amount)}을 취소했습니다. ${ON_STATEMENT(told)}`,
  ),
  'fee-refunded': news(
    '수수료를 돌려드렸습니다',
    (told) => `수수료 중 ${won(told.params.amount)}을 돌려드렸습니다. ${ON_STATEMENT(told)}`,
  ),
  'grade-changed': {
    title: '[PLIC] 회원 등급이 바뀌었습니다',
    sms: (told) => `[PLIC] ${gradeOf(told)}`,
    email: (told) =>
      `${gradeOf(told)}\n\n등급은 매월 1일, 지난달에 송금을 마친 금액으로 정해집니다. 이미 받은 견적의 수수료는 그대로입니다.${SIGNED}`,
  },
};

/**
 * What the notice says on this channel. Throws for an unknown template, a channel that it does not go by, or a code
 * without its secret.
 */
export function noticeMessage(template: NoticeTemplate, channel: Channel, told: Told): Message {
  const texts: { readonly title: string } & Partial<Record<Channel, Words>> = TEXTS[template];
  const words = texts?.[channel];
  if (!words) throw new Error(`no text for a notice ${template} by ${channel}`);
  return { title: texts.title, text: words(told) };
}
