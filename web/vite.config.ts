/** Builds the pages: `payer/index.html` (the app) and, below `/console`, that of operators. Paths: README.md. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin, type Rollup } from 'vite';

const here = dirname(fileURLToPath(import.meta.url));
const API = process.env.PLIC_API_URL ?? 'http://127.0.0.1:3000';
const SERVED_BY_API = ['/v1', '/docs', '/health', '/problems'];

/** `npm run dev`: every address is a page of the app, as the API serves it. */
const pages: Plugin = {
  name: 'pages',
  configureServer(server) {
    server.middlewares.use((req, _res, next) => {
      const isPage =
        req.headers.accept?.includes('text/html') && !SERVED_BY_API.some((path) => req.url?.startsWith(path));
      if (isPage) req.url = '/payer/index.html';
      next();
    });
  },
};

/** What the first page needs besides what is bundled. */
const PUBLIC_FILES = ['/icons/plic.svg', '/icons/plic-192.png', '/manifest.webmanifest'];

/** Writes `sw.js` of a build: the worker's source, after the files of the app that it keeps. */
const serviceWorker = (source: string, page: string, entry: string): Plugin => ({
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

/** React's interface on Preact's runtime: a third of the first load (docs/decisions.md). */
const RUNTIME = {
  'react/jsx-runtime': 'preact/jsx-runtime',
  'react-dom/client': 'preact/compat/client',
  'react-dom': 'preact/compat',
  react: 'preact/compat',
};

export default defineConfig({
  resolve: { alias: RUNTIME },
  root: here,
  appType: 'mpa',
  plugins: [
    react(),
    tailwindcss(),
    pages,
    serviceWorker(`${here}/payer/installed/service-worker.js`, 'payer/index.html', 'payer'),
  ],
  server: { proxy: Object.fromEntries(SERVED_BY_API.map((path) => [path, API])) },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // the pages allow no data: scripts, and a font or an icon is cached by its name
    rollupOptions: { input: { payer: `${here}/payer/index.html` } },
  },
});
