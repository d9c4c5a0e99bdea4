/** The page of Softpayment's card form, in Korean and English. Its script is pages/card-form.js. */

const THEMES = ['light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

export const isTheme = (given: unknown): given is Theme => THEMES.some((theme) => theme === given);
export const isLanguage = (given: unknown): given is Language =>
  typeof given === 'string' && Object.hasOwn(WORDS, given);

/** What a field is called, a word on how it is written, and what is said while it is wrong. */
type FieldWords = { label: string; hint?: string; error: string };
type Field = 'cardNumber' | 'expiry' | 'cvc' | 'birthDate';
type Words = Record<Field, FieldWords> & {
  title: string;
  note: string;
  expired: string;
  submit: string;
  sending: string;
  registered: string;
  outage: string;
  noScript: string;
  refusal: string;
};

const KO: Words = {
  title: '카드 등록',
  note: '카드 정보는 Softpayment에만 전달돼요.',
  cardNumber: { label: '카드번호', error: '카드번호 16자리를 입력해 주세요.' },
  expiry: { label: '유효기간', hint: '월/연도 (MM/YY)', error: '카드에 적힌 유효기간을 월/연도 순서로 입력해 주세요.' },
  expired: '유효기간이 지난 카드예요. 다른 카드를 입력해 주세요.',
  cvc: { label: 'CVC', hint: '카드 뒷면의 숫자 3자리', error: '카드 뒷면의 숫자 3자리를 입력해 주세요.' },
  birthDate: { label: '생년월일', hint: '6자리 (YYMMDD)', error: '생년월일 6자리를 입력해 주세요. 예: 900101' },
  submit: '카드 등록하기',
  sending: '카드를 등록하고 있어요.',
  registered: '카드를 등록했어요.',
  outage: '지금은 카드를 등록할 수 없어요. 잠시 후 다시 시도해 주세요.',
  noScript: '카드를 등록하려면 브라우저에서 자바스크립트를 켜 주세요.',
  refusal: '카드 등록 화면을 열 수 없어요. 이 화면을 연 앱의 주소(origin)가 없거나 올바르지 않아요.',
};
const EN: Words = {
  title: 'Register a card',
  note: 'Your card details go to Softpayment only.',
  cardNumber: { label: 'Card number', error: 'Enter the 16 digits of the card number.' },
  expiry: { label: 'Expiry date', hint: 'Month/year (MM/YY)', error: 'Enter month and year as they are on the card.' },
  expired: 'This card has expired. Enter another card.',
  cvc: { label: 'CVC', hint: '3 digits on the back', error: 'Enter the 3 digits on the back of the card.' },
  birthDate: {
    label: 'Date of birth',
    hint: '6 digits (YYMMDD)',
    error: 'Enter your date of birth in 6 digits, such as 900101.',
  },
  submit: 'Register card',
  sending: 'Registering your card.',
  registered: 'Your card is registered.',
  outage: 'Cards cannot be registered right now. Please try again in a moment.',
  noScript: 'Turn on JavaScript in your browser to register a card.',
  refusal: 'The card form cannot be opened: the origin of the page that shows it is missing or wrong.',
};
const WORDS = { ko: KO, en: EN };
type Language = keyof typeof WORDS;

type Look = { lang: Language; theme: Theme };

/**
 * The form for the pages of `origin`, which must have been checked: it is written into the page as it is. It is closed
 * until its script is there.
 */
export function formPage({ origin, ...look }: Look & { origin: string }): string {
  const words = WORDS[look.lang];
  const attributes = (kind: string) => `type="${kind}" inputmode="numeric" required`;
  return page(
    look,
    `<script src="/sdk/card-form.js" defer></script>
</head>
<body>
<noscript><p class="error">${words.noScript}</p></noscript>
<form novalidate aria-label="${words.title}" data-origin="${origin}">
<p class="note">${words.note}</p>
<fieldset disabled>
${field('cardNumber', words.cardNumber, `${attributes('text')} autocomplete="cc-number"`)}
<div class="pair">
${field('expiry', words.expiry, `${attributes('text')} autocomplete="cc-exp" data-expired="${words.expired}"`)}
${field('cvc', words.cvc, `${attributes('password')} autocomplete="cc-csc"`)}
</div>
${field('birthDate', words.birthDate, `${attributes('text')} autocomplete="bday"`)}
</fieldset>
<p id="status" role="status" data-sending="${words.sending}" data-registered="${words.registered}"
 data-outage="${words.outage}"></p>
<button type="submit">${words.submit}</button>
</form>`,
  );
}

/** The fields have no name: even a browser that sent the form by itself would send nothing of them. */
function field(id: Field, { label, hint, error }: FieldWords, attributes: string): string {
  const [hintId, errorId] = [`${id}-hint`, `${id}-error`];
  const described = hint === undefined ? errorId : `${hintId} ${errorId}`;
  return `<div class="field">
<label for="${id}">${label}</label>${hint === undefined ? '' : `\n<p class="hint" id="${hintId}">${hint}</p>`}
<input id="${id}" ${attributes} aria-describedby="${described}" data-error="${error}">
<p class="error" id="${errorId}"></p>
</div>`;
}

/** What is shown when the form is for nobody. */
export function refusalPage(look: Look): string {
  return page(look, `</head>\n<body>\n<p class="error">${WORDS[look.lang].refusal}</p>`);
}

const page = ({ lang, theme }: Look, rest: string): string => `<!doctype html>
<html lang="${lang}" data-theme="${theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="${theme}">
<title>${WORDS[lang].title} - Softpayment</title>
<link rel="stylesheet" href="/sdk/card-form.css">
${rest}
</body>
</html>
`;
