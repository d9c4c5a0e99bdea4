/** What operators write is kept in the stories of deals, for ever: nobody's phone number or address belongs there. */
import { holdsPersonalData } from '../../workflows/domain/personal-data';

/** The options that are words; an id may look like a number by chance. */
const WORDS = ['actor', 'reason', 'evidence', 'reference', 'task'] as const;

/** What is wrong with the words of a command, by the name of its option; null when nothing is. */
export function personalDataIn(values: Readonly<Record<string, unknown>>): string | null {
  const option = WORDS.find((name) => holdsPersonalData(`${values[name] ?? ''}`));
  if (!option) return null;
  return `--${option} holds a phone number, an e-mail address or a token, and is kept for ever: name the ticket or the document instead`;
}
