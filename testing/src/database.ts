import { randomBytes } from 'node:crypto'
import { withConnection } from './ask-server.ts'

/** An empty database of one test file. */
export interface TestDatabase {
  /** `mysql://user:password@host:port/name` */
  readonly url: string
  readonly name: string
  /** Throws after 10 s if an open transaction still holds one of its tables. */
  drop(): Promise<void>
}

const connectTimeoutMs = 10_000
const lockTimeoutSeconds = 10

/**
 * Creates a database with a fresh name, `stockdb_test_` and 16 hex digits, on the server at `serverUrl`.
 * Its character set is the server's default, as on a user's machine: tables must declare theirs.
 */
export async function createDatabase(serverUrl: string): Promise<TestDatabase> {
  const name = `stockdb_test_${randomBytes(8).toString('hex')}`
  await execute(serverUrl, `create database ${name}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return { url: url.href, name, drop: () => execute(serverUrl, `drop database if exists ${name}`) }
}

async function execute(serverUrl: string, statement: string): Promise<void> {
  await withConnection(serverUrl, connectTimeoutMs, async (connection) => {
    await connection.query(`set session lock_wait_timeout = ${lockTimeoutSeconds}`)
    await connection.query(statement)
  })
}
