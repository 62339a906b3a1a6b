/** The supported databases by URL scheme, one per line. */
export { duckdbDriver as duckdb } from './duckdb/driver.ts'
export { mysqlDriver as mysql } from './mysql/driver.ts'
export { sqliteDriver as sqlite } from './sqlite/driver.ts'
