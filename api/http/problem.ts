/**
 * Errors as RFC 9457 problem+json (spec §9). One table holds every code with its status, whether repeating the same
 * request can help, and its words in Korean and English; `type` is `/problems/<code>`, a page that says the same.
 */
import type { Request } from 'express';
import type { Words as DomainWords } from '../../workflows/domain/words/words';
import { MEMBER_PROBLEMS } from './member-problems';
import { OPERATOR_PROBLEMS } from './operator-problems';

export type Words = DomainWords;
export type Language = keyof Words;

interface Entry {
  readonly status: number;
  readonly retryable: boolean;
  readonly title: Words;
  readonly detail: Words;
}

const entry = (status: number, retry: 'retry' | 'final', title: [string, string], detail: [string, string]): Entry => ({
  status,
  retryable: retry === 'retry',
  title: { ko: title[0], en: title[1] },
  detail: { ko: detail[0], en: detail[1] },
});

export const PROBLEMS = {
  'invalid-json': entry(
    400,
    'final',
    ['잘못된 JSON', 'Invalid JSON'],
    ['본문을 JSON으로 읽을 수 없습니다.', 'The body cannot be read as JSON.'],
  ),
  'idempotency-key-missing': entry(
    400,
    'final',
    ['멱등키 없음', 'Idempotency-Key missing'],
    ['Idempotency-Key 헤더가 필요합니다.', 'The header Idempotency-Key is required.'],
  ),
  'idempotency-key-invalid': entry(
    400,
    'final',
    ['잘못된 멱등키', 'Idempotency-Key invalid'],
    [
      'Idempotency-Key 헤더는 하나여야 하며 ASCII 문자 1~255자여야 합니다.',
      'Send one Idempotency-Key of 1 to 255 printable ASCII characters.',
    ],
  ),
  unauthenticated: entry(
    401,
    'final',
    ['인증 필요', 'Unauthenticated'],
    ['로그인이 필요하거나 인증 정보가 올바르지 않습니다.', 'Log in: the credentials are missing, wrong or expired.'],
  ),
  'card-declined': entry(
    402,
    'final',
    ['카드 승인 거절', 'Card declined'],
    [
      '카드가 승인되지 않았습니다. 다른 카드로 다시 시도해 주세요.',
      'The card was declined and nothing was charged. Try another card.',
    ],
  ),
  'client-header-missing': entry(
    403,
    'final',
    ['X-PLIC-Client 헤더 없음', 'X-PLIC-Client missing'],
    [
      '쿠키는 X-PLIC-Client: browser 헤더가 있는 요청에서만 사용됩니다.',
      'Cookies are read only from a request with the header X-PLIC-Client: browser.',
    ],
  ),
  'not-found': entry(
    404,
    'final',
    ['찾을 수 없음', 'Not found'],
    ['요청한 대상을 찾을 수 없습니다.', 'There is nothing here, or it is not yours.'],
  ),
  'method-not-allowed': entry(
    405,
    'final',
    ['허용되지 않는 메서드', 'Method not allowed'],
    ['이 주소에서 지원하지 않는 메서드입니다.', 'This address does not know the method; see Allow.'],
  ),
  'already-registered': entry(
    409,
    'final',
    ['이미 가입됨', 'Already registered'],
    ['이미 가입된 휴대폰 번호 또는 이메일입니다.', 'The phone or the e-mail belongs to a member already.'],
  ),
  'request-in-flight': entry(
    409,
    'retry',
    ['처리 중인 요청', 'Request in flight'],
    ['같은 멱등키의 요청을 처리하고 있습니다.', 'A request with this Idempotency-Key is being worked on.'],
  ),
  'charge-in-progress': entry(
    409,
    'retry',
    ['결제 진행 중', 'Charge in progress'],
    [
      '다른 카드나 다른 할부의 결제 결과를 기다리고 있습니다.',
      'A charge to another card, or over other months, is awaited.',
    ],
  ),
  'already-charged': entry(
    409,
    'final',
    ['이미 결제됨', 'Already charged'],
    ['다른 카드로 이미 결제된 거래입니다.', 'The deal was paid with another card.'],
  ),
  'not-cancellable': entry(
    409,
    'final',
    ['취소 불가', 'Not cancellable'],
    ['송금이 시작되었거나 종료되어 취소할 수 없습니다.', 'The transfer has begun or the deal has ended.'],
  ),
  'not-charged': entry(
    409,
    'final',
    ['결제되지 않은 거래', 'Not charged'],
    ['결제된 적이 없는 거래에는 영수증이 없습니다.', 'The deal was never charged, so there is no receipt.'],
  ),
  'deal-closed': entry(
    409,
    'final',
    ['종료된 거래', 'Deal closed'],
    ['취소되었거나 환불된 거래입니다.', 'The deal was cancelled or refunded.'],
  ),
  'quote-expired': entry(
    409,
    'final',
    ['견적 만료', 'Quote expired'],
    ['결제 가능 시간이 지났습니다. 거래를 다시 만들어 주세요.', 'The quote has expired: make a new deal.'],
  ),
  'version-mismatch': entry(
    412,
    'final',
    ['버전 불일치', 'Version mismatch'],
    ['거래가 그 사이에 변경되었습니다. 다시 조회해 주세요.', 'The deal has moved on: read it again.'],
  ),
  'body-too-large': entry(
    413,
    'final',
    ['본문이 너무 큼', 'Body too large'],
    ['요청 본문이 허용 크기를 넘었습니다.', 'The body is larger than allowed.'],
  ),
  'unsupported-media-type': entry(
    415,
    'final',
    ['지원하지 않는 형식', 'Unsupported media type'],
    ['본문은 압축하지 않은 UTF-8 application/json이어야 합니다.', 'Send uncompressed application/json in UTF-8.'],
  ),
  'invalid-request': entry(
    422,
    'final',
    ['잘못된 요청', 'Invalid request'],
    ['요청 값이 올바르지 않습니다.', 'A value is missing, wrong or unknown; see errors.'],
  ),
  'invalid-code': entry(
    422,
    'final',
    ['인증번호 불일치', 'Invalid code'],
    ['인증번호가 올바르지 않거나 만료되었습니다.', 'The code is wrong, used or expired.'],
  ),
  'card-number-refused': entry(
    422,
    'final',
    ['카드번호 거부', 'Card number refused'],
    [
      '카드번호와 보안코드는 받지 않습니다. Softpayment SDK로 등록해 주세요.',
      "Card numbers and security codes are never accepted: register the card with Softpayment's SDK.",
    ],
  ),
  'idempotency-key-reused': entry(
    422,
    'final',
    ['멱등키 재사용', 'Idempotency-Key reused'],
    ['같은 멱등키가 다른 요청에 사용되었습니다.', 'This Idempotency-Key came before with another body or path.'],
  ),
  'recipient-not-verified': entry(
    422,
    'final',
    ['수취인 미확인', 'Recipient not verified'],
    ['수취인의 실명이 확인되지 않았습니다.', "The recipient's name and account were not confirmed by the bank."],
  ),
  'holder-name-differs': entry(
    422,
    'final',
    ['예금주명 불일치', "Another holder's name"],
    [
      '은행에 등록된 예금주명이 다릅니다. bankHolderName이 맞으면 confirmedName에 넣어 다시 보내 주세요.',
      'The bank knows the holder by another name: if bankHolderName is right, send it again as confirmedName.',
    ],
  ),
  'memo-refused': entry(
    422,
    'final',
    ['통장 표시 문구 거부', 'Memo refused'],
    [
      '받는 분 통장에 표시할 수 없는 문구예요. 기관·은행 이름이나 욕설 없이 적어 주세요.',
      "The recipient's statement cannot show this: name no office or bank, and insult nobody.",
    ],
  ),
  'risk-blocked': entry(
    422,
    'final',
    ['거래 제한', 'Risk blocked'],
    [
      '이용 한도 또는 안전 정책에 따라 결제할 수 없습니다.',
      'A limit or safety rule forbids this charge; nothing was charged.',
    ],
  ),
  'too-many-requests': entry(
    429,
    'retry',
    ['요청 과다', 'Too many requests'],
    ['요청이 너무 많습니다. 잠시 후 다시 시도해 주세요.', 'Too many requests: wait as long as Retry-After says.'],
  ),
  internal: entry(
    500,
    'retry',
    ['서버 오류', 'Internal error'],
    ['예상하지 못한 오류가 발생했습니다.', 'Something unexpected happened.'],
  ),
  unavailable: entry(
    503,
    'retry',
    ['일시적 장애', 'Unavailable'],
    ['일시적으로 처리할 수 없습니다. 다시 시도해도 안전합니다.', 'Not possible for the moment. Repeating is safe.'],
  ),
  'charges-stopped': entry(
    503,
    'retry',
    ['결제 일시 중지', 'Charges stopped'],
    [
      '지금은 결제를 받지 않습니다. 아무것도 결제되지 않았습니다. 잠시 후 다시 시도해 주세요.',
      'New charges are stopped for now. Nothing was charged; try again later.',
    ],
  ),
  'bank-unavailable': entry(
    503,
    'retry',
    ['은행 응답 없음', 'Bank unavailable'],
    ['은행이 응답하지 않습니다. 잠시 후 다시 시도해 주세요.', 'The bank does not answer. Try again later.'],
  ),
  ...MEMBER_PROBLEMS,
  ...OPERATOR_PROBLEMS,
} as const satisfies Record<string, Entry>;
export type ProblemCode = keyof typeof PROBLEMS;

interface ProblemMore {
  /** Replaces the detail of the table. */
  readonly detail?: Words;
  /** Further members of the body. */
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

const RETRY_AFTER_S: Partial<Record<number, string>> = { 409: '1', 503: '5' };

/** A request that cannot be served, by its code. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly entry: Entry;

  constructor(
    readonly code: ProblemCode,
    readonly more: ProblemMore = {},
  ) {
    super(code);
    this.entry = PROBLEMS[code];
  }

  get headers(): Readonly<Record<string, string>> {
    const retryAfter = this.entry.retryable ? RETRY_AFTER_S[this.entry.status] : undefined;
    return { ...(retryAfter && { 'Retry-After': retryAfter }), ...this.more.headers };
  }

  /** The body in the asker's language. */
  body(language: Language, requestId: string): Record<string, unknown> {
    const { status, retryable, title, detail } = this.entry;
    return {
      type: `/problems/${this.code}`,
      title: title[language],
      status,
      detail: (this.more.detail ?? detail)[language],
      code: this.code,
      requestId,
      retryable,
      ...this.more.extra,
    };
  }
}

/** Korean unless the asker prefers English. */
export function languageOf(req: Request): Language {
  return req.acceptsLanguages('ko', 'en') === 'en' ? 'en' : 'ko';
}
