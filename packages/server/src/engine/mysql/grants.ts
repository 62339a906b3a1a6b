import { randomBytes } from 'node:crypto'
import type { Catalogue } from '@stockdb/contract'
import { tableName } from '@stockdb/contract/internal'

/** An account for the server, with the rights that its work takes and no others. */
export interface Account {
  readonly name: string
  readonly password: string
  readonly rights: string
}

/** The pair: one reads, and one writes as well. An upsert inserts and updates. */
export function leastAccounts(): { readonly read: Account; readonly write: Account } {
  const account = (name: string, rights: string): Account => ({
    name,
    password: randomBytes(18).toString('base64url'),
    rights,
  })
  return { read: account('stockdb_read', 'SELECT'), write: account('stockdb_write', 'SELECT, INSERT, UPDATE') }
}

/**
 * The statements that make an account which connects from a host, with its rights on those of the catalogue's tables that
 * exist: a grant on a table that does not is an error.
 */
export function grantStatements(
  account: Account,
  { host, database, catalogue, exists }: GrantTarget,
): readonly string[] {
  const user = `${text(account.name)}@${text(host)}`
  const tables = [...new Set(Object.values(catalogue).map(tableName))].filter(exists)
  return [
    `CREATE USER ${user} IDENTIFIED BY ${text(account.password)}`,
    ...tables.map((table) => `GRANT ${account.rights} ON ${name(database)}.${name(table)} TO ${user}`),
  ]
}

export interface GrantTarget {
  /** Where the server connects from, as the database sees it; `%` for anywhere. */
  readonly host: string
  readonly database: string
  readonly catalogue: Catalogue
  exists(table: string): boolean
}

const name = (plain: string): string => `\`${plain.replaceAll('`', '``')}\``
const text = (plain: string): string => `'${plain.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
