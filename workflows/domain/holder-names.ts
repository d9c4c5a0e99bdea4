/** Names of account holders, as payers write them and as banks tell them. */

/** Whether the bank's name is the one that was given, however each of them writes it (예금주 조회). */
export function isSameHolder(given: string, told: string, cutBytes: number): boolean {
  const [ours, theirs] = [foldName(given), foldName(told)];
  if (theirs === '') return false;
  return ours === theirs || (isCut(told, cutBytes) && ours.startsWith(theirs));
}

/** Full width, spaces and capitals say nothing; ㈜ is (주) by compatibility (NFKC). */
export const foldName = (name: string): string =>
  name
    .normalize('NFKC')
    .replace(/[\s\p{Cf}]/gu, '')
    .toLowerCase();

/** Banks keep so many bytes of a name, two for a Hangul letter; half a letter is left out. */
const isCut = (told: string, cutBytes: number): boolean =>
  Array.from(told.normalize('NFC')).reduce((bytes, letter) => bytes + (letter <= '\u007f' ? 1 : 2), 0) >= cutBytes - 1;
