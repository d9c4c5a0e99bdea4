/** Documents say what the code says: paths and commands. The tables that both have: tables.test.ts. */
import { dirname, posix } from 'node:path';
import { documents, exists, FOLDERS, lineCountOf, read } from './sources';

test('there is a README', () => expect(documents).toContain('README.md'));

test('every path of the house that a document names exists', () => {
  const place = new RegExp(`^(?:${[...FOLDERS, 'docs', '.github', '.ci'].join('|')})/[\\w./-]*$`);
  const missing = documents.flatMap((document) => {
    const text = read(document);
    const quoted = [...text.matchAll(/`([^`\s]+)`/g)].map(([, path = '']) => path).filter((path) => place.test(path));
    const linked = [...text.matchAll(/\]\((?!\w+:|#)([^)#\s]+)/g)].map(([, path = '']) =>
      posix.join(dirname(document), path),
    );
    return [...quoted, ...linked]
      .filter((path) => !exists(path) && !exists(`${path}.ts`))
      .map((path) => `${document}: ${path}`);
  });
  expect(missing).toEqual([]);
});

test('every command that a document names is in package.json', () => {
  const { scripts } = JSON.parse(read('package.json'));
  const missing = documents.flatMap((document) =>
    [...read(document).matchAll(/\bnpm run ([\w:-]+)/g)]
      .map(([, name = '']) => name)
      .filter((name) => !(name in scripts)),
  );
  expect(missing).toEqual([]);
});

test('every command of package.json is in a document', () => {
  const { scripts } = JSON.parse(read('package.json'));
  const texts = documents.map(read).join('\n');
  const unnamed = Object.keys(scripts).filter((name) => !new RegExp(`npm (run )?${name}\\b`).test(texts));
  expect(unnamed).toEqual([]);
});

test('the README can be read at one sitting, and begins with the two commands', () => {
  expect(lineCountOf(read('README.md'))).toBeLessThanOrEqual(120);
  expect(read('README.md').match(/```sh\n([\s\S]+?)```/)?.[1]).toMatch(/^npm ci && npm start .*\nnpm test /);
});

test('the decisions stand newest first', () => {
  const dates = [...read('docs/decisions.md').matchAll(/^\*\*(\d{4}-\d\d-\d\d):/gm)].map(([, date = '']) => date);
  expect(dates.length).toBeGreaterThan(20);
  expect(dates).toEqual(dates.toSorted().reverse());
});
