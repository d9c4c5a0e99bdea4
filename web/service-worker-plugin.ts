/** Writes `sw.js` of a build: the service worker's source, after the files of the payer's app that it keeps. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Plugin, Rollup } from 'vite';

/** What the first page needs besides what is bundled. */
const PUBLIC_FILES = ['/icons/plic.svg', '/icons/plic-192.png', '/manifest.webmanifest'];

/** `source`: the file of the worker. `page`: the page of the app, as it is named in the build. */
export const serviceWorker = (source: string, page: string, entry: string): Plugin => ({
  name: 'service-worker',
  apply: 'build',
  enforce: 'post',
  generateBundle: {
    order: 'post',
    handler(_options, bundle) {
      const html = bundle[page];
      if (html?.type !== 'asset') return this.error(`the build has no ${page}`);
      const code = readFileSync(source, 'utf8');
      const files = [...PUBLIC_FILES, ...filesOf(bundle, entry).map((file) => `/${file}`)];
      const content = JSON.stringify([files, String(html.source), code]);
      const name = `plic-${createHash('sha256').update(content).digest('hex').slice(0, 12)}`;
      const build = `const BUILD = ${JSON.stringify({ name, files })};\n`;
      this.emitFile({ type: 'asset', fileName: 'sw.js', source: build + code });
    },
  },
});

/** Every file that the entry of this name may load, its pages that are fetched later too. */
function filesOf(bundle: Rollup.OutputBundle, entry: string): string[] {
  const found = new Set<string>();
  const add = (file: string): void => {
    const chunk = bundle[file];
    if (found.has(file) || chunk?.type !== 'chunk') return;
    found.add(file);
    for (const style of chunk.viteMetadata?.importedCss ?? []) found.add(style);
    for (const other of [...chunk.imports, ...chunk.dynamicImports]) add(other);
  };
  for (const one of Object.values(bundle))
    if (one.type === 'chunk' && one.isEntry && one.name === entry) add(one.fileName);
  return [...found].sort();
}
