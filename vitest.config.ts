import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'
import { chromium } from './testing/src/chromium.ts'
import { nbconvert } from './testing/src/jupyter.ts'
import LongFirst from './testing/src/long-first.ts'

const source = (name: string) => fileURLToPath(new URL(`./packages/${name}/src/index.ts`, import.meta.url))

export default defineConfig({
  resolve: {
    // The tests run on the sources: no rebuild between a change and its test.
    alias: [
      ...['contract', 'server', 'client', 'notebook'].map((name) => ({
        find: new RegExp(`^@stockdb/${name}$`),
        replacement: source(name),
      })),
      ...['wire', 'internal'].map((entry) => ({
        find: new RegExp(`^@stockdb/contract/${entry}$`),
        replacement: fileURLToPath(new URL(`./packages/contract/src/${entry}.ts`, import.meta.url)),
      })),
      {
        find: /^@stockdb\/client\/series$/,
        replacement: fileURLToPath(new URL('./packages/client/src/series/index.ts', import.meta.url)),
      },
      {
        find: /^@stockdb\/notebook\/command$/,
        replacement: fileURLToPath(new URL('./packages/notebook/src/command.ts', import.meta.url)),
      },
      // The manifest of the client names the built file.
      {
        find: /^#http$/,
        replacement: fileURLToPath(new URL('./packages/client/src/links/http-undici.ts', import.meta.url)),
      },
    ],
  },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'testing/test/**/*.test.ts', 'examples/test/**/*.test.ts'],
    // vitest takes a file that registers no test for a failure: files that need the real data throughout bear it in
    // their name. Which of the two runs this is, the global set-up says.
    exclude: [
      ...configDefaults.exclude,
      ...(process.env.STOCKDB_REAL_DATA ? [] : ['**/*.real-data.test.ts']),
      ...(chromium() ? [] : ['**/*.browser.test.ts']),
      ...(nbconvert() ? [] : ['**/*.jupyter.test.ts']),
    ],
    globalSetup: './testing/src/global-setup.ts',
    reporters: ['default', './testing/src/reporter.ts'],
    // The next run need not transform what has not changed.
    fsModuleCache: true,
    pool: 'forks',
    sequence: { sequencer: LongFirst },
    // On two cores: of the time of a whole run, files wait for two fifths.
    maxWorkers: process.env.CI ? 3 : 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Many tests run real processes against real clocks, and a shared CI machine may stall for seconds. The reporter
    // names each test that passed only the second time, so that it can be mended.
    retry: process.env.CI ? 1 : 0,
    typecheck: {
      enabled: true,
      include: ['packages/*/test/**/*.test-d.ts'],
      tsconfig: './tsconfig.test.json',
      // Errors outside the type tests belong to `npm run typecheck`; here they would fail every run of a single file.
      ignoreSourceErrors: true,
    },
  },
})
