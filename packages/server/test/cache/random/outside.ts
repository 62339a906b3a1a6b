import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { engineOf } from '../../support/engines.ts'
import { sql } from '../../support/sql.ts'

const SCRIPT = `
const [file, ...statements] = process.argv.slice(1)
const database = new (require('node:sqlite').DatabaseSync)(file, { timeout: 30_000 })
for (const statement of statements) database.exec(statement)
database.close()
`

/**
 * Runs statements in order without stockdb. On SQLite by another process: this one would wait for a lock that a server in it holds, and
 * cannot release meanwhile.
 */
export async function outside(address: string, ...statements: readonly string[]): Promise<unknown> {
  if (engineOf(address) !== 'sqlite') return sql(address, ...statements)
  return promisify(execFile)(process.execPath, ['-e', SCRIPT, address.slice('sqlite:'.length), ...statements])
}
