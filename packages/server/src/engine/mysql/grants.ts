import { randomBytes } from 'node:crypto'
import { tableName } from '@stockdb/contract/internal'
import type { Account, Accounts } from '../accounts.ts'
import { isOwnTable } from '../own-tables.ts'
import { mysqlDifference } from './same-database.ts'

export const mysqlAccounts: Accounts = {
  // An upsert inserts and updates; old keys and changes are deleted from tables of stockdb's own.
  least: () => ({
    read: account('stockdb_read', 'SELECT'),
    write: account('stockdb_write', 'SELECT, INSERT, UPDATE'),
  }),

  statements: (account, { host, database, catalogue, exists, factorSchema }) => {
    const user = `${text(account.name)}@${text(host)}`
    const tables = [...new Set(Object.values(catalogue).map(tableName))].filter(exists)
    return [
      `CREATE USER ${user} IDENTIFIED BY ${text(account.password)}`,
      ...(factorSchema === undefined
        ? []
        : [`GRANT ${writes(account) ? ON_FACTORS : account.rights} ON ${name(factorSchema)}.* TO ${user}`]),
      ...tables.map((table) => `GRANT ${rightsOn(table, account)} ON ${name(database)}.${name(table)} TO ${user}`),
    ]
  },

  difference: mysqlDifference,
}

/** What it takes to define, write and drop factors. */
const ON_FACTORS = 'SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, INDEX'

const writes = ({ rights }: Pick<Account, 'rights'>): boolean => rights.includes('INSERT')

const rightsOn = (table: string, { rights }: Account): string =>
  isOwnTable(table) && writes({ rights }) ? `${rights}, DELETE` : rights

const account = (name: string, rights: string): Account => ({
  name,
  password: randomBytes(18).toString('base64url'),
  rights,
})

const name = (plain: string): string => `\`${plain.replaceAll('`', '``')}\``
const text = (plain: string): string => `'${plain.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
