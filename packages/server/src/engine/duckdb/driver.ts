import { defaultBounds } from '../../bounds/settings.ts'
import type { Driver } from '../driver.ts'
import { DuckdbAdHoc } from './ad-hoc.ts'
import { DuckdbEngine } from './engine.ts'
import { openDuckdbIntrospector } from './introspector.ts'

/** DuckDB, one file that this process has for itself. */
export const duckdbDriver: Driver = {
  form: 'duckdb:path/to/file.duckdb',
  problemWith: (address) => {
    const file = fileOf(address)
    if (file === '') return 'is not one'
    // Each opening of it would make a database of its own.
    return file === ':memory:' ? 'names no file' : undefined
  },
  fileOf,
  locksFile: true,
  accounts: undefined,
  hasSchemas: false,
  openEngine: (address, options) => new DuckdbEngine(fileOf(address), options),
  openAdHoc: () => new DuckdbAdHoc(),
  openIntrospector: (address) => openDuckdbIntrospector(fileOf(address), defaultBounds),
}

/** The file of `duckdb:path`; `duckdb:///path` is a URL's way to write an absolute one. */
function fileOf(address: string): string {
  return address.replace(/^duckdb:/i, '').replace(/^\/\/(?=\/)/, '')
}
