import type { Driver } from '../driver.ts'
import { MysqlAdHoc } from './ad-hoc.ts'
import { connectionOptions, hasBarePassword } from './address.ts'
import { MysqlEngine } from './engine.ts'
import { mysqlAccounts } from './grants.ts'
import { openMysqlIntrospector } from './introspector.ts'

/** MySQL and MariaDB. */
export const mysqlDriver: Driver = {
  form: 'mysql://user:password@host:port/database',
  problemWith: (address) => {
    if (hasBarePassword(address))
      return 'has special characters in its password; encode them: % as %25, / as %2F, ? as %3F, # as %23'
    if (!URL.canParse(address)) return 'is not valid'
    if (new URL(address).pathname.length < 2) return 'names no database'
    connectionOptions(address)
    return undefined
  },
  fileOf: () => undefined,
  locksFile: false,
  accounts: mysqlAccounts,
  hasSchemas: true,
  openEngine: (address, options) => new MysqlEngine(address, options),
  openAdHoc: (address, options, fieldOf) => new MysqlAdHoc(address, options, fieldOf),
  openIntrospector: openMysqlIntrospector,
}
