/**
 * Notices about an account. A code is the only run of six digits in its text (spec §13), and of an SMS it is in the
 * last line alone, as phones look for it: people without such a phone are told that it stands after the `#`. No new
 * address is named: a notice may reach somebody else.
 */
import { mailOf, type NoticeText } from './notice-text';
import type { Words } from './words';

/** A code, and what it is for. */
const codeBySms = (what: Words) => ({
  variables: [] as const,
  title: what,
  sms: {
    ko: `[PLIC] ${what.ko}(# 뒤 6자리, 3분 유효). 공유 금지\n@{host} #{code}`,
    en: `[PLIC] ${what.en}: 6 digits after #, valid 3 min. Tell nobody.\n@{host} #{code}`,
  },
});

export const ACCOUNT_TEXTS = {
  'auth-code': codeBySms({ ko: '인증번호', en: 'Code' }),
  'password-reset-code': codeBySms({ ko: '비밀번호 재설정 인증번호', en: 'Password code' }),
  'old-phone-code': codeBySms({ ko: '기존 번호 인증번호', en: 'Old phone code' }),
  'new-phone-code': codeBySms({ ko: '새 번호 인증번호', en: 'New phone code' }),
  'password-changed': {
    variables: [],
    title: { ko: '비밀번호 변경', en: 'Your password was changed' },
    sms: {
      ko: '[PLIC] 비밀번호가 변경되었습니다. 본인이 아니라면 재설정 후 고객센터에 알려 주세요.',
      en: '[PLIC] Your password was changed. If it was not you, reset it and tell our support.',
    },
  },
  'phone-changed': {
    variables: [],
    title: { ko: '휴대폰 번호 변경', en: 'Your phone was changed' },
    sms: {
      ko: '[PLIC] 휴대폰 번호가 변경되었습니다. 본인이 아니라면 고객센터에 알려 주세요.',
      en: '[PLIC] The phone of your account was changed. If it was not you, tell our support.',
    },
  },
  'membership-ended': {
    variables: [],
    title: { ko: '회원 탈퇴', en: 'Your membership has ended' },
    sms: {
      ko: '[PLIC] 회원 탈퇴가 완료되었습니다. 그동안 이용해 주셔서 감사합니다.',
      en: '[PLIC] Your membership has ended. Thank you for having been with us.',
    },
  },
  'email-code': {
    variables: [],
    title: { ko: '이메일 인증번호', en: 'Code for your e-mail' },
    email: mailOf({
      ko:
        '인증번호 {code}\n\n3분 안에 입력해 주세요. 누구에게도 알려주지 마세요.\n' +
        '요청하지 않으셨다면 이 메일을 무시하셔도 됩니다.',
      en:
        'Your code is {code}\n\nEnter it within 3 minutes, and tell it to nobody.\n' +
        'If you did not ask for it, you may ignore this mail.',
    }),
  },
  'email-changed': {
    variables: [],
    title: { ko: '이메일 주소가 변경되었습니다', en: 'Your e-mail address was changed' },
    email: mailOf({
      ko:
        'PLIC 계정의 이메일 주소가 변경되어, 앞으로 이 주소는 사용되지 않습니다.\n' +
        '본인이 한 일이 아니라면 바로 고객센터에 알려 주세요.',
      en:
        'Your PLIC account has another e-mail address now, and this one is no longer used.\n' +
        'If it was not you who did it, tell our support at once.',
    }),
  },
  'log-in-changed': {
    variables: [],
    title: { ko: '로그인 이메일 변경', en: 'Your log-in e-mail was changed' },
    sms: {
      ko: '[PLIC] 로그인 이메일이 변경되었습니다. 본인이 아니라면 고객센터에 알려 주세요.',
      en: '[PLIC] The e-mail of your log-in was changed. If it was not you, tell our support.',
    },
  },
  'email-taken': {
    variables: [],
    title: { ko: '이 이메일로 가입 시도가 있었습니다', en: 'Somebody tried to sign up with this e-mail' },
    email: mailOf({
      ko:
        '이 이메일 주소로 새로 가입하려는 시도가 있었습니다. 주소가 이미 등록되어 있어 새 계정은 만들어지지 않았습니다.\n' +
        '본인의 계정이라면 로그인하시거나 비밀번호를 다시 설정해 주시고, 이 주소를 등록하신 적이 없다면 고객센터에 알려 주세요.',
      en:
        'Somebody tried to sign up with this e-mail address. It is registered already, so no new account was made.\n' +
        'If the account is yours, log in or reset your password; if you never registered it, tell our support.',
    }),
  },
} as const satisfies Readonly<Record<string, NoticeText>>;
