/**
 * What a recipient's statement shows of a transfer (통장 표시 내용, spec §6): at most seven full-width characters, of
 * those that every bank can print. A payer may choose the words, but not pose as an office or a bank, nor insult.
 */
import { BANKS } from './banks';

/** In full-width characters; a half-width one (ASCII) counts one half. */
export const MEMO_WIDTH_MAX = 7;
/** When nothing of a name can be printed. */
const FALLBACK = 'PLIC';

const ASCII = /^[\x20-\x7e]$/;
/**
 * The characters of EUC-KR (KS X 1001): both bytes are A1 to FE. The decoder also knows the later extension, rows of
 * private use, and characters that show nothing: those are not among them.
 */
const EUC_KR: ReadonlySet<string> = new Set(
  rowsOf(0xa1, 0xfe).filter(
    (character) => !/[\p{Co}\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}\ufffd]/u.test(character),
  ),
);

function rowsOf(first: number, last: number): string[] {
  const bytes = Array.from({ length: last - first + 1 }, (_, n) => first + n);
  const pairs = bytes.flatMap((lead) => bytes.flatMap((trail) => [lead, trail, 0x0a]));
  return new TextDecoder('euc-kr')
    .decode(Uint8Array.from(pairs))
    .split('\n')
    .filter((character) => character !== '');
}

/** How wide the text is, in full-width characters. */
export const memoWidthOf = (text: string): number =>
  Array.from(text).reduce((width, character) => width + (ASCII.test(character) ? 0.5 : 1), 0);

/** Whether a bank can print every character of it. */
export const isPrintable = (text: string): boolean => Array.from(text).every(isPrintableCharacter);

const isPrintableCharacter = (character: string): boolean => ASCII.test(character) || EUC_KR.has(character);

/** The memo of a payer who chooses none: the name, as much of it as can be printed and fits. Never empty. */
export function defaultMemo(name: string): string {
  const shown = Array.from(name.normalize('NFC').replace(/\s+/gu, ' '), printed).join('');
  const memo = cut(shown.trim()).trim();
  return memo === '' || isDeniedMemo(memo) || isDeniedMemo(name) ? FALLBACK : memo;
}

/** É is printed as E; what has no such likeness is left out. */
function printed(character: string): string {
  if (isPrintableCharacter(character)) return character;
  const plain = character.normalize('NFKD').replace(/\p{M}/gu, '').normalize('NFC');
  return isPrintable(plain) ? plain : '';
}

function cut(text: string): string {
  let kept = '';
  for (const character of text) {
    if (memoWidthOf(kept + character) > MEMO_WIDTH_MAX) break;
    kept += character;
  }
  return kept;
}

/** Offices whose name on a statement frightens people, or makes them obey. */
const OFFICES = [
  ...['국세청', '세무서', '관세청', '경찰', '검찰', '법원', '대검', '지검', '공수처', '수사대', '금감원', '금융감독원'],
  ...['금융위', '국정원', '청와대', '대통령실', '건보공단', '건강보험', '국민연금', '근로복지공단', '금융결제원'],
];
/** Banks by the names that people use beside those of the table. */
const OTHER_BANK_NAMES = ['한국은행', '씨티은행', '농협', '수협', '카뱅'];
const INSULTS = [
  ...['씨발', '시발놈', '시발년', '씨팔', '병신', '개새끼', '개자식', '좆', '지랄', '미친놈', '미친년', '썅', '죽인다'],
  ...['죽여버', '죽어라', '꺼져', '창녀', '걸레년', 'ㅅㅂ', 'ㅆㅂ', 'ㅂㅅ', 'ㅄ', 'fuck', 'shit', 'bitch'],
];

/** Spaces, signs and capitals say nothing. */
function plain(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

/** Nor does width. */
function folded(text: string): string {
  return plain(text.normalize('NFKC'));
}

/** KB국민은행 is also 국민은행; what is left of iM뱅크 names nobody. */
function namesOf(bank: { readonly ko: string; readonly en: string }): string[] {
  const korean = bank.ko.replace(/^[a-z]+/i, '');
  return [bank.ko, bank.en, ...(korean.length > 2 ? [korean] : [])];
}

const DENIED = [
  ...OFFICES,
  ...Object.values(BANKS).flatMap(({ name }) => namesOf(name)),
  ...OTHER_BANK_NAMES,
  ...INSULTS,
].flatMap((words) => [plain(words), folded(words)]);

/** Final consonants as the first ones that look alike; 0: there is none. In Unicode's order of the first ones. */
const FINALS = [1, 2, 4, 7, 0, 8, 16, 17, 0, 19, 20, 21, 22, 0, 23, 24, 25, 26, 27];

/** Folding has made 겨 and ㅇ of ㄱㅕㅇ: a consonant that no vowel follows is read as the end of its syllable. */
const composed = (text: string): string =>
  text.replace(/([가-힣])([\u1100-\u1112])/gu, (apart: string, open: string, consonant: string) => {
    const final = FINALS[consonant.charCodeAt(0) - 0x1100];
    const isOpen = (open.charCodeAt(0) - 0xac00) % 28 === 0;
    return isOpen && final ? String.fromCharCode(open.charCodeAt(0) + final) : apart;
  });

/** Whether the words name an office or a bank, or insult, however they are spaced or written. */
export function isDeniedMemo(memo: string): boolean {
  const words = folded(memo);
  const readings = [plain(memo), words, composed(words), composed(words.replace(/\p{N}/gu, ''))];
  return DENIED.some((denied) => readings.some((reading) => reading.includes(denied)));
}
