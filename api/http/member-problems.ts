/** Problems of a member's own profile and identity; rows of the table in problem.ts. */
export const MEMBER_PROBLEMS = {
  'name-verified': {
    status: 409,
    retryable: false,
    title: { ko: '본인확인된 이름', en: 'Verified name' },
    detail: {
      ko: '본인확인을 마친 이름은 직접 바꿀 수 없습니다. 개명했다면 본인확인을 다시 해 주세요.',
      en: 'A verified name cannot be changed by hand. If it changed by law, verify your identity again.',
    },
  },
} as const;
