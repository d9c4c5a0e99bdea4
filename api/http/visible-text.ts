/** Text as people see it: what shows something, and how long it looks. */

/**
 * What leaves a mark. Hangul fillers, joiners, variation selectors and tags are letters or marks to Unicode, and show
 * nothing; so does the empty Braille cell (U+2800).
 */
const SHOWN = /[^\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Z}\p{Default_Ignorable_Code_Point}\s\u2800]/u;
const SPACE = /^\s+$/u;

/** Whether anything of it can be seen. */
export const isShown = (text: string): boolean => SHOWN.test(text);

const segmenter = new Intl.Segmenter('ko', { granularity: 'grapheme' });

/** The characters as people count them: a family of emoji is one, what shows nothing is none, a space is one. */
export function lengthAsSeen(text: string): number {
  let length = 0;
  for (const { segment } of segmenter.segment(text)) if (isShown(segment) || SPACE.test(segment)) length += 1;
  return length;
}
