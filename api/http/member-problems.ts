/** Problems of a member's own account, identity and cards; rows of the table in problem.ts. */
export const MEMBER_PROBLEMS = {
  'identity-required': {
    status: 403,
    retryable: false,
    title: { ko: '본인확인 필요', en: 'Identity required' },
    detail: {
      ko: '본인확인을 마친 회원만 거래할 수 있습니다. POST /v1/users/me/identity로 시작해 주세요.',
      en: 'Prove who you are first: begin with POST /v1/users/me/identity. The same request then goes on.',
    },
  },
  'identity-pending': {
    status: 409,
    retryable: true,
    title: { ko: '본인확인 진행 중', en: 'Identity check pending' },
    detail: {
      ko: '본인확인이 아직 끝나지 않았습니다. 마친 뒤 다시 확인해 주세요.',
      en: 'You have not finished the check yet: finish it, then ask again.',
    },
  },
  'card-of-another': {
    status: 409,
    retryable: false,
    title: { ko: '다른 회원의 카드', en: "Another member's card" },
    detail: {
      ko: '다른 회원이 이미 등록한 카드입니다. 본인 카드라면 그 계정에서 삭제한 뒤 다시 등록해 주세요.',
      en: 'Another member has registered this card. If it is yours, remove it there first.',
    },
  },
  'person-known': {
    status: 409,
    retryable: false,
    title: { ko: '이미 가입한 회원', en: 'One person, one account' },
    detail: {
      ko: '본인확인된 다른 계정이 있습니다. 그 계정을 이용하거나 탈퇴한 뒤 다시 시도해 주세요.',
      en: 'You have proven who you are with another account: use that one, or leave it and begin again.',
    },
  },
  'person-differs': {
    status: 409,
    retryable: false,
    title: { ko: '다른 사람의 본인확인', en: 'Another person' },
    detail: {
      ko: '이 계정에서 이미 본인확인한 사람과 다른 사람입니다.',
      en: 'This account belongs to another person than the one who was verified now.',
    },
  },
  'identity-failed': {
    status: 422,
    retryable: false,
    title: { ko: '본인확인 실패', en: 'Identity check failed' },
    detail: {
      ko: '본인확인에 실패했습니다. 다시 시도해 주세요.',
      en: 'The check came to nothing: see reason, and begin again.',
    },
  },
  'identity-unavailable': {
    status: 503,
    retryable: true,
    title: { ko: '본인확인 기관 응답 없음', en: 'Identity check unavailable' },
    detail: {
      ko: '본인확인 기관이 응답하지 않습니다. 잠시 후 다시 시도해 주세요.',
      en: 'The identity provider does not answer. Try again later.',
    },
  },
  'name-verified': {
    status: 409,
    retryable: false,
    title: { ko: '본인확인된 이름', en: 'Verified name' },
    detail: {
      ko: '본인확인을 마친 이름은 직접 바꿀 수 없습니다. 개명했다면 본인확인을 다시 해 주세요.',
      en: 'A verified name cannot be changed by hand. If it changed by law, verify your identity again.',
    },
  },
  'wrong-password': {
    status: 422,
    retryable: false,
    title: { ko: '비밀번호 불일치', en: 'Wrong password' },
    detail: { ko: '비밀번호가 올바르지 않습니다.', en: 'The password is not the one of this account.' },
  },
  'deals-open': {
    status: 409,
    retryable: false,
    title: { ko: '진행 중인 거래 있음', en: 'Deals are open' },
    detail: {
      ko: '끝나지 않은 거래나 환불이 있어 탈퇴할 수 없습니다. 모두 끝난 뒤 다시 시도해 주세요.',
      en: 'A deal, a refund or a dispute has not ended yet. Leave once it has; see dealIds.',
    },
  },
} as const;
