import type { Driver } from '../driver.ts'
import { SqliteAdHoc } from './ad-hoc.ts'
import { SqliteEngine } from './engine.ts'
import { openSqliteIntrospector } from './introspector.ts'

/** SQLite, one file. */
export const sqliteDriver: Driver = {
  form: 'sqlite:path/to/file.db',
  problemWith: (address) => {
    const file = fileOf(address)
    if (file === '') return 'is not valid'
    // Each connection would have a separate database.
    return file === ':memory:' ? 'names no file' : undefined
  },
  fileOf,
  locksFile: false,
  accounts: undefined,
  hasSchemas: false,
  openEngine: (address, options) => new SqliteEngine(fileOf(address), options),
  openAdHoc: (address, options, fieldOf) => new SqliteAdHoc(fileOf(address), options, fieldOf),
  openIntrospector: (address) => openSqliteIntrospector(fileOf(address)),
}

/** The file of `sqlite:path`; `sqlite:///path` is the URL form of an absolute one. */
function fileOf(address: string): string {
  return address.replace(/^sqlite:/i, '').replace(/^\/\/(?=\/)/, '')
}
