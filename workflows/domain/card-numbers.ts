/**
 * Card numbers in texts (spec §6: PLIC never accepts one). One predicate for the API's guard and for the law over the
 * rows. A number is known by its brand's prefix and length, then by Luhn's check (ISO/IEC 7812-1), in whatever
 * grouping, script or disguise; dates, amounts, accounts, hexadecimal ids and order numbers pass.
 */

interface Brand {
  /** Of the first four digits, inclusive. */
  readonly from: number;
  readonly to: number;
  /** How many digits a number has. */
  readonly lengths: readonly number[];
}

const UP_TO_19 = [16, 17, 18, 19] as const;
const DINERS_LENGTHS = [...UP_TO_19] as const;

/**
 * Who issues what (the networks' public ranges). Numbers of 13 digits are no longer issued, and those of 14 (Diners)
 * are told from an account by their printed groups alone (`DINERS`).
 */
const BRANDS: readonly Brand[] = [
  { from: 2200, to: 2204, lengths: [16] }, // Mir
  { from: 2221, to: 2720, lengths: [16] }, // Mastercard
  { from: 3000, to: 3059, lengths: DINERS_LENGTHS }, // Diners
  { from: 3095, to: 3095, lengths: DINERS_LENGTHS },
  { from: 3400, to: 3499, lengths: [15] }, // American Express
  { from: 3528, to: 3589, lengths: UP_TO_19 }, // JCB
  { from: 3600, to: 3699, lengths: DINERS_LENGTHS }, // Diners
  { from: 3700, to: 3799, lengths: [15] }, // American Express
  { from: 3800, to: 3999, lengths: DINERS_LENGTHS }, // Diners
  { from: 4000, to: 4999, lengths: [16, 18, 19] }, // Visa
  { from: 5000, to: 5099, lengths: UP_TO_19 }, // Maestro
  { from: 5100, to: 5599, lengths: [16] }, // Mastercard
  { from: 5600, to: 5899, lengths: UP_TO_19 }, // Maestro
  { from: 6000, to: 6999, lengths: UP_TO_19 }, // Discover, UnionPay, Maestro
  { from: 8100, to: 8199, lengths: UP_TO_19 }, // UnionPay
  { from: 9000, to: 9999, lengths: [16] }, // Korean brands
];
const SHORTEST = 14;
const LONGEST = 19;
const NO_LENGTHS: readonly number[] = [];
/** The lengths of a number by its first four digits. */
const LENGTHS: readonly (readonly number[])[] = Array.from(
  { length: 10_000 },
  (_, prefix) => BRANDS.find(({ from, to }) => from <= prefix && prefix <= to)?.lengths ?? NO_LENGTHS,
);
/** Groups as Diners prints its 14 digits; nobody prints an account so. */
const DINERS = [4, 6, 4];
/** Whether a number begins with this digit. */
const BEGINS = Array.from({ length: 10 }, (_, first) =>
  LENGTHS.some((lengths, prefix) => lengths.length > 0 && Math.trunc(prefix / 1_000) === first),
);
/** How long groups are whose last one may be shorter: where others are, an account may begin a longer run. */
const SIZES_WITH_REST = new Set([1, 2, 3, 4, 5, 8]);
/** Groups as American Express, and Diners on old cards, print them. */
const PRINTED: readonly (readonly number[])[] = [[4, 6, 5], DINERS];

/** Nothing is seen of them, so that they stand between digits without parting them. */
const INVISIBLE = /[\p{Cf}\p{Mn}\p{Me}\u1160\u115f\u2800]/gu;
const UUID = /(?<![0-9A-Za-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9A-Za-z])/gi;
/** A hash or an object id: of a usual length, letters in it. */
const HEXADECIMAL =
  /(?<![0-9A-Za-z])(?=\d*[a-f])(?:[0-9a-f]{24}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})(?![0-9A-Za-z])/gi;
const DATE = /(?<!\d)(?:19|20)\d\d([-./])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])(?!\d)/g;
const AMOUNT = /(?<![\d,])\d{1,3}(?:,\d{3}){1,3}(?![\d,])/g;
/** What parts the digits around it. */
const APART = 'x';
const TOKEN = /[\w-]*[A-Za-z][\w-]*/g;
const BEYOND_ASCII = /[^\0-\x7f]/;
const ASCII_LETTER = /[A-Za-z]/;
const LETTER = /\p{L}/u;
/** Whatever else stands between groups joins them, if it is no longer. */
const GAP_MAX = 4;

/**
 * Whether the text holds a card number. `isToken`: it is random letters and digits, so that only digits apart from
 * letters count. One pass over the text; the patterns run only where they can match.
 */
export function holdsCardNumber(text: string, isToken = false): boolean {
  const ascii = BEYOND_ASCII.test(text) ? toAscii(text) : text;
  let plain = ascii;
  if (isToken) plain = plain.replace(TOKEN, APART);
  else if (ASCII_LETTER.test(plain)) plain = plain.replace(UUID, APART).replace(HEXADECIMAL, APART);
  if (plain.includes(',')) plain = plain.replace(AMOUNT, APART);
  if (runsOf(plain).some(holdsOne)) return true;
  // A date beside a number is none of its groups; one that looks like some of them was looked at as such.
  return (plain.includes('20') || plain.includes('19')) && runsOf(plain.replace(DATE, APART)).some(holdsOne);
}

/** Every script's digits stand in tens, so that a digit's value is its distance from its script's zero. */
function toAscii(text: string): string {
  const composed = text.normalize('NFKC').replace(INVISIBLE, '');
  return composed.replace(/(?![0-9])\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0;
    let zero = code;
    while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1)) && code - zero < 9) zero -= 1;
    return `${code - zero}`;
  });
}

/** Groups of digits with no letter, and nothing long, between them. */
interface Run {
  /** The digits of all groups. */
  readonly digits: number[];
  /** Where each group begins in `digits`. */
  readonly starts: number[];
  /** What stands between the first two groups. */
  gap: string;
  /** Whether it stands between all, and is no space: written so, digits are one number. */
  isOne: boolean;
}

/** The runs that are long enough for a number. */
function runsOf(text: string): Run[] {
  const runs: Run[] = [];
  let run: Run | null = null;
  let ended = 0; // where the last group did
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit >= 0 && digit <= 9) {
      if (run === null) {
        run = { digits: [], starts: [], gap: '', isOne: false };
        runs.push(run);
      } else if (at > ended && (run.isOne || run.starts.length === 1)) noteGap(run, text.slice(ended, at));
      if (run.starts.length === 0 || at > ended) run.starts.push(run.digits.length);
      run.digits.push(digit);
      ended = at + 1;
    } else if (run !== null && (at - ended >= GAP_MAX || isLetter(text, at))) run = null;
  }
  return runs.filter(({ digits }) => digits.length >= SHORTEST);
}

function noteGap(run: Run, gap: string): void {
  if (run.starts.length === 1) Object.assign(run, { gap, isOne: !/\s/.test(gap) });
  else if (run.isOne) run.isOne = gap === run.gap;
}

function isLetter(text: string, at: number): boolean {
  const code = text.charCodeAt(at) | 0x20;
  return code < 0x80 ? code >= 0x61 && code <= 0x7a : LETTER.test(String.fromCodePoint(text.codePointAt(at) ?? 0));
}

/** Looks at each group once, and from there no further than the longest number. */
function holdsOne({ digits, starts, isOne }: Run): boolean {
  if (!starts.some((from) => lengthsAt(digits, from).length > 0)) return false;
  const passesLuhn = luhnOf(digits);
  const isCard = (from: number, end: number) => lengthsAt(digits, from).includes(end - from) && passesLuhn(from, end);
  const ends = [...starts.slice(1), digits.length];
  const sizeOf = (group: number) => (ends[group] ?? 0) - (starts[group] ?? 0);
  // Groups as they come about when a space of a printed number is forgotten.
  const fits = (group: number) => sizeOf(group) >= (group === starts.length - 1 ? 3 : 4) && sizeOf(group) <= 8;
  const isWhole = isOne || starts.every((_, group) => fits(group));
  if (isWhole && isCard(0, digits.length)) return true;
  const isPrinted = (first: number, shape: readonly number[]) => {
    if (!shape.every((size, n) => sizeOf(first + n) === size)) return false;
    const [from = 0, end = 0] = [starts[first], ends[first + shape.length - 1]];
    return isCard(from, end) || (shape === DINERS && isDiners(digits, from) && passesLuhn(from, end));
  };
  return starts.some((from, first) => {
    const lengths = lengthsAt(digits, from);
    if (lengths.length === 0) return false;
    const size = sizeOf(first);
    for (let last = first; last < ends.length; last++) {
      const end = ends[last] ?? 0;
      const isRest = sizeOf(last) < size; // all groups are alike, and only the last may be shorter
      if (end - from > LONGEST || sizeOf(last) > size || (isRest && !SIZES_WITH_REST.has(size))) break;
      if (lengths.includes(end - from) && passesLuhn(from, end)) return true;
      if (isRest) break;
    }
    return PRINTED.some((shape) => shape[0] === size && isPrinted(first, shape));
  });
}

function lengthsAt(digits: readonly number[], from: number): readonly number[] {
  if (!BEGINS[digits[from] ?? 0]) return NO_LENGTHS;
  let prefix = 0;
  for (let n = from; n < from + 4; n++) prefix = prefix * 10 + (digits[n] ?? 0);
  return LENGTHS[prefix] ?? NO_LENGTHS;
}

const isDiners = (digits: readonly number[], from: number): boolean => lengthsAt(digits, from) === DINERS_LENGTHS;

/**
 * Luhn's check of any part of the digits. From its right end every second one counts double; what that makes is summed
 * up once, for parts that end at an even place and for those that end at an odd one.
 */
function luhnOf(digits: readonly number[]): (from: number, end: number) => boolean {
  const sums = [0, 1].map((parity) => {
    let sum = 0;
    return [0, ...digits.map((digit, at) => (sum += at % 2 === parity ? (DOUBLED[digit] ?? 0) : digit))];
  });
  return (from, end) => ((sums[end % 2]?.[end] ?? 0) - (sums[end % 2]?.[from] ?? 0)) % 10 === 0;
}
/** Twice a digit, its own digits added. */
const DOUBLED = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9];
