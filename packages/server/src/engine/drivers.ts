/** The databases that stockdb speaks, one a line, by the scheme of their addresses. */
export { mysqlDriver as mysql } from './mysql/driver.ts'
export { sqliteDriver as sqlite } from './sqlite/driver.ts'
