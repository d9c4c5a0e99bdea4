/** Builds the pages: `payer/index.html` (the app) and, below `/console`, that of operators. Paths: README.md. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { serviceWorker } from './service-worker-plugin';

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
