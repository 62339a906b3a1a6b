import { type Bounds, defaultBounds } from '../bounds/settings.ts'
import type { Log } from '../telemetry/log.ts'
import type { AdHoc, FieldOfColumn } from './ad-hoc.ts'
import type { Engine } from './engine.ts'
import { MysqlAdHoc } from './mysql/ad-hoc.ts'
import { connectionOptions } from './mysql/address.ts'
import { MysqlEngine } from './mysql/mysql-engine.ts'
import { SqliteAdHoc } from './sqlite/ad-hoc.ts'
import { SqliteEngine } from './sqlite/sqlite-engine.ts'

const ACCEPTED = 'mysql://user:password@host:port/database or sqlite:path/to/file.db'

/** What an address names, checked. */
type Address = { readonly kind: 'mysql'; readonly url: string } | { readonly kind: 'sqlite'; readonly file: string }

/**
 * Reads the address of a database: `mysql://user:password@host:port/database` or `sqlite:path/to/file.db`. Throws a
 * `TypeError` that does not repeat it, because it may hold a password.
 */
export function parseAddress(address: string): Address {
  // Each connection to it would see a database of its own.
  if (address === 'sqlite::memory:') throw new TypeError(`the database address names no file; expected ${ACCEPTED}`)
  if (address.startsWith('sqlite:') && address.length > 'sqlite:'.length) {
    return { kind: 'sqlite', file: address.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '') }
  }
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url?.protocol !== 'mysql:') throw new TypeError(`the database address is not one; expected ${ACCEPTED}`)
  if (url.pathname.length < 2) throw new TypeError(`the database address names no database; expected ${ACCEPTED}`)
  connectionOptions(address)
  return { kind: 'mysql', url: address }
}

/** Opens the engine that an address names; throws what {@link parseAddress} throws. */
export function openEngine(address: string, log: Log, bounds: Bounds = defaultBounds): Engine {
  const parsed = parseAddress(address)
  return parsed.kind === 'sqlite' ? new SqliteEngine(parsed.file, bounds) : new MysqlEngine(parsed.url, bounds, log)
}

/** Opens what runs callers' own statements on the database that an address names; throws what {@link parseAddress} throws. */
export function openAdHoc(address: string, log: Log, bounds: Bounds, fieldOf: FieldOfColumn): AdHoc {
  const parsed = parseAddress(address)
  return parsed.kind === 'sqlite'
    ? new SqliteAdHoc(parsed.file, bounds, fieldOf)
    : new MysqlAdHoc(parsed.url, bounds, log, fieldOf)
}
