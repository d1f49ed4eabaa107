// Builds the console to dist/: content-hash names, nothing inline (the daemons' CSP forbids it), the same bytes from the same lock file.
import { defineConfig } from 'vite';

const api = process.env.TUSK_API ?? 'http://127.0.0.1:9870';

export default defineConfig({
  base: '/console/',
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none' },
  build: {
    outDir: process.env.TUSK_CONSOLE_OUT ?? 'dist', emptyOutDir: true, target: 'es2022', assetsDir: '', assetsInlineLimit: 0, modulePreload: { polyfill: false },
    cssCodeSplit: false, reportCompressedSize: true,
  },
  server: { proxy: { '/api': api } },
});
