/** How long things may be. Tests are outside these rules, but for the length of a file. */
import { moduleOf } from './modules';
import { lineCountOf, product, read, sources } from './sources';

const FILE_LINES_MAX = 300;
const FILE_LINES_MEDIAN_MAX = 80;
const FUNCTION_LINES_MAX = 70;
const LINE_MAX = 120;

const lengthOf = (file: string): number => lineCountOf(read(file));

test(`no source file is longer than ${FILE_LINES_MAX} lines`, () => {
  const sizes = sources.map((file) => [file, lengthOf(file)] as const);
  expect(sizes.filter(([, lines]) => lines > FILE_LINES_MAX)).toEqual([]);
});

test(`half of the product's files have at most ${FILE_LINES_MEDIAN_MAX} lines`, () => {
  const sizes = product.map(lengthOf).sort((a, b) => a - b);
  expect(sizes[Math.floor(sizes.length / 2)]).toBeLessThanOrEqual(FILE_LINES_MEDIAN_MAX);
});

test(`no function is longer than ${FUNCTION_LINES_MAX} lines, with the functions inside it`, () => {
  const functions = product.flatMap((file) => moduleOf(file).functions.map((one) => ({ file, ...one })));
  expect(functions.filter(({ lines }) => lines > FUNCTION_LINES_MAX)).toEqual([]);
});

test(`no line is longer than ${LINE_MAX} characters, SQL and comments included`, () => {
  const long = product.flatMap((file) =>
    read(file)
      .split('\n')
      .map((text, index) => ({ file, line: index + 1, length: [...text].length }))
      .filter(({ length }) => length > LINE_MAX),
  );
  expect(long).toEqual([]);
});
