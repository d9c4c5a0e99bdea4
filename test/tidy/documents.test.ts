/** Documents say what the code says: paths, commands, and the tables that both have. */
import { dirname, posix } from 'node:path';
import { documents, exists, FOLDERS, read } from './sources';

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
