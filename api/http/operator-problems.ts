/** Problems of operators; rows of the table in problem.ts. */
export const OPERATOR_PROBLEMS = {
  'right-missing': {
    status: 403,
    retryable: false,
    title: { ko: '권한 없음', en: 'Right missing' },
    detail: {
      ko: '이 작업에 필요한 권한이 역할에 없습니다. right를 확인해 주세요.',
      en: 'Your role lacks the right that this needs; see right.',
    },
  },
  'not-now': {
    status: 409,
    retryable: false,
    title: { ko: '지금은 할 수 없음', en: 'Not now' },
    detail: {
      ko: '지금 상태에서는 할 수 없습니다. 아무것도 바뀌지 않았습니다.',
      en: 'It does not fit how things stand; nothing was changed.',
    },
  },
  'handle-taken': {
    status: 409,
    retryable: false,
    title: { ko: '이미 쓰인 관리자 이름', en: 'Handle taken' },
    detail: {
      ko: '다른 관리자가 쓰고 있거나 쓰던 이름입니다. 다른 이름을 정해 주세요.',
      en: 'It is, or was, another operator’s handle: choose another.',
    },
  },
} as const;
