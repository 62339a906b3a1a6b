import { parseAddress } from '../engine/open.ts'
import type { ForeignDatabase } from './foreign-database.ts'
import { openMysql } from './open-mysql.ts'
import { openSqlite } from './open-sqlite.ts'

/** Opens the database that an address names for introspection: to read it, and never to make or change anything. */
export function openForeign(address: string): ForeignDatabase {
  const parsed = parseAddress(address)
  return parsed.kind === 'sqlite' ? openSqlite(parsed.file) : openMysql(parsed.url)
}
