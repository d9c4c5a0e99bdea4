/** The files of the house, as text; what is in them: modules.ts. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

const ROOT = join(__dirname, '../..');
/** Folders of the product; the tests are outside the rules of size. */
export const PRODUCT_FOLDERS = ['workflows', 'activities', 'api', 'workers', 'db', 'infra', 'web'];
export const FOLDERS = [...PRODUCT_FOLDERS, 'test'];

/** The text of a file, named by its path from the root. */
export const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

export const exists = (path: string): boolean => existsSync(join(ROOT, path));

/** Every file and folder below a folder, as paths from the root; none when there is no such folder. */
export const filesUnder = (folder: string): string[] =>
  exists(folder)
    ? readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .map((name) => posix.join(folder, name))
        .filter((path) => !MADE.test(path))
    : [];

/** What is installed, built or generated below a folder of ours. */
const MADE = /\/(node_modules|dist)(\/|$)|^web\/shared\/api\.d\.ts$/;

const isSource = (file: string): boolean => /\.tsx?$/.test(file);

export const sources: readonly string[] = FOLDERS.flatMap(filesUnder).filter(isSource);
export const product: readonly string[] = PRODUCT_FOLDERS.flatMap(filesUnder).filter(isSource);

/** Every document: Markdown at the root, in `docs/` and beside the code. */
export const documents: readonly string[] = ['README.md', 'CHANGELOG.md', ...[...FOLDERS, 'docs'].flatMap(filesUnder)]
  .filter((file) => file.endsWith('.md'))
  .filter(exists);

/** Whether the file is one of the places, or in one that is a folder. */
export const isIn = (file: string, places: readonly string[]): boolean =>
  places.some(
    (place) => file === place || file === `${place}.ts` || file === `${place}.tsx` || file.startsWith(`${place}/`),
  );

/** Lines of a text that ends with a line break. */
export const lineCountOf = (text: string): number => text.split('\n').length - 1;
