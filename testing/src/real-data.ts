import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe } from 'vitest'

/**
 * The folder of real market data, named by `STOCKDB_REAL_DATA`; undefined when the variable is not set.
 * Throws when the named folder lacks its SOURCES.md: a wrong path must not pass for "left out".
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
 * A `describe` block whose tests need the real market data. Without it nothing is registered, so that the counts show no
 * skipped tests; the run's first lines say that it was left out. A file that has nothing but such blocks is named
 * `*.real-data.test.ts`: vitest takes a file without tests for a failure, and the configuration leaves those out.
 */
export function describeWithRealData(name: string, tests: (folder: string) => void): void {
  const folder = realData()
  if (folder !== undefined) describe(name, () => tests(folder))
}
