import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe } from 'vitest'

/**
 * The folder of real market data, named by `STOCKDB_REAL_DATA`; undefined when the variable is not set.
 * Throws if the folder lacks SOURCES.md: a wrong path must not look like "skipped".
 */
export function realData(): string | undefined {
  const named = process.env.STOCKDB_REAL_DATA
  if (named === undefined || named === '') return undefined
  const folder = resolve(named)
  if (!existsSync(join(folder, 'SOURCES.md'))) {
    throw new Error('STOCKDB_REAL_DATA names a folder without SOURCES.md: it is not the real market data.')
  }
  return folder
}

/**
 * A `describe` block whose tests need the real market data. Without the data no tests are registered, so none count as
 * skipped; the first lines of the run say so. A file with only such blocks is named `*.real-data.test.ts`: vitest fails
 * on a file without tests, so the configuration excludes those files.
 */
export function describeWithRealData(name: string, tests: (folder: string) => void): void {
  const folder = realData()
  if (folder !== undefined) describe(name, () => tests(folder))
}
