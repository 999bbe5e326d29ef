import { defineConfig } from 'vitest/config';

/** `unit` needs nothing but Node and the built addon; `live` mounts real file systems and runs one file at a time. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{apps,libs,tools}/*/src/**/*.test.ts', 'tools/setup/*.test.mjs'],
          exclude: ['**/*.live.test.ts', '**/node_modules/**'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'live',
          include: ['{apps,libs,tools}/*/src/**/*.live.test.ts'],
          setupFiles: ['tools/live/src/engine-skips.ts'],
          fileParallelism: false,
          pool: 'forks',
          testTimeout: 300_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
