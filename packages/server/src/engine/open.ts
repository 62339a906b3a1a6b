import { type Bounds, defaultBounds } from '../bounds/settings.ts'
import type { Log } from '../telemetry/log.ts'
import type { Engine } from './engine.ts'
import { MysqlEngine } from './mysql/mysql-engine.ts'
import { SqliteEngine } from './sqlite/sqlite-engine.ts'

const ACCEPTED = 'mysql://user:password@host:port/database or sqlite:path/to/file.db'

/**
 * Opens the engine that an address names: `mysql://user:password@host:port/database` or `sqlite:path/to/file.db`.
 * Throws a `TypeError` that does not repeat the address, which may hold a password.
 */
export function openEngine(address: string, log: Log, bounds: Bounds = defaultBounds): Engine {
  if (address.startsWith('sqlite:') && address.length > 'sqlite:'.length) {
    return new SqliteEngine(address.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, ''), bounds)
  }
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url?.protocol !== 'mysql:') throw new TypeError(`the database address is not one; expected ${ACCEPTED}`)
  if (url.pathname.length < 2) throw new TypeError(`the database address names no database; expected ${ACCEPTED}`)
  return new MysqlEngine(address, bounds, log)
}
