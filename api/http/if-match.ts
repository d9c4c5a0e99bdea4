/** What `If-Match` says about a version (RFC 9110 §13.1.1). */

/** An entity tag, weak or not, or a version as a bare number. */
const TAG = String.raw`(?:(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"|\d+)`;
const TAGS = new RegExp(TAG, 'g');
const LIST = new RegExp(String.raw`^[\s,]*${TAG}(?:\s*,[\s,]*${TAG})*[\s,]*$`);

/**
 * Whether the field names the version, in a list or not; `*` names any. RFC 9110 compares strongly, so that a weak tag
 * never matches: there a tag stands for bytes. Ours counts the states of a deal, and a proxy that compresses an answer
 * makes its tag weak without changing what was seen. What cannot be read names no version, and nothing is changed.
 */
export function namesVersion(ifMatch: string, version: number): boolean {
  if (ifMatch.trim() === '*') return true;
  if (!LIST.test(ifMatch)) return false;
  const tags = ifMatch.match(TAGS) ?? [];
  return tags.some((tag) => tag.replace(/^(?:W\/)?"(.*)"$/, '$1') === `${version}`);
}
