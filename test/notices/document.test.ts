/** docs/notices.md shows every text of every notice as it is. */
import { readFileSync } from 'node:fs';
import { NOTICES } from '../../workflows/domain/notices';
import { DOCUMENT_FILE, noticesDocument } from './document';

const present = readFileSync(DOCUMENT_FILE, 'utf8');

test('docs/notices.md shows the texts that the code has: if not, `npm run notices:docs`', () => {
  expect(present).toBe(noticesDocument());
});

test('the list of docs/notices.md names every notice', () => {
  const [list = ''] = present.split('<!-- texts');
  expect(Object.keys(NOTICES).filter((template) => !list.includes(`\`${template}\``))).toEqual([]);
});
