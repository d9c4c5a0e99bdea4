/** Statements ask for the time by functions that a clock of a demo can hide (db/fast-clock.ts), never by PostgreSQL's keywords. */
import { isIn, product, read } from './sources';

const KEYWORDS = /\bfn\.now\(|\b(current_(timestamp|date|time)|localtime(stamp)?|(transaction|statement)_timestamp)\b/i;

test('no statement asks for the time by a keyword', () => {
  const asking = product.filter((file) => isIn(file, ['db']) && KEYWORDS.test(read(file)));
  expect(asking).toEqual([]);
});
