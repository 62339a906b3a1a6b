import { randomBytes } from 'node:crypto'
import { tableName } from '@stockdb/contract/internal'
import type { Account, Accounts } from '../accounts.ts'

export const mysqlAccounts: Accounts = {
  // An upsert inserts and updates.
  least: () => ({
    read: account('stockdb_read', 'SELECT'),
    write: account('stockdb_write', 'SELECT, INSERT, UPDATE'),
  }),

  statements: (account, { host, database, catalogue, exists }) => {
    const user = `${text(account.name)}@${text(host)}`
    const tables = [...new Set(Object.values(catalogue).map(tableName))].filter(exists)
    return [
      `CREATE USER ${user} IDENTIFIED BY ${text(account.password)}`,
      ...tables.map((table) => `GRANT ${account.rights} ON ${name(database)}.${name(table)} TO ${user}`),
    ]
  },
}

const account = (name: string, rights: string): Account => ({
  name,
  password: randomBytes(18).toString('base64url'),
  rights,
})

const name = (plain: string): string => `\`${plain.replaceAll('`', '``')}\``
const text = (plain: string): string => `'${plain.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
