import { StockdbError } from '@stockdb/contract/wire'
import { LockWait } from '../lock-wait.ts'
import { missingColumn, missingTable } from '../read-tables.ts'
import { WriteConflict } from '../write-conflict.ts'

/** Errors of mysql2: `errno` is the server's number, `code` its name or that of a system error. */
interface DriverError {
  readonly code?: string
  readonly errno?: number
  readonly sqlMessage?: string
  /** Whether the connection is of no use any more. */
  readonly fatal?: boolean
}

const UNAVAILABLE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'ER_HOST_IS_BLOCKED',
  'ER_HOST_NOT_PRIVILEGED',
  'HANDSHAKE_NO_SSL_SUPPORT',
  'HANDSHAKE_SSL_ERROR',
])

/** Explanations of refused logins, by error code. */
const NOT_LET_IN: Readonly<Record<string, string>> = {
  ER_ACCESS_DENIED_ERROR: 'unknown account or wrong password',
  ER_ACCESS_DENIED_NO_PASSWORD_ERROR: 'unknown account, or it needs a password',
  ER_DBACCESS_DENIED_ERROR: 'the database account may not use this database',
  ER_BAD_DB_ERROR: 'the server has no database of this name',
}

/** All connections that the server or the account may have are in use. */
const NO_CONNECTION_LEFT = new Set(['ER_CON_COUNT_ERROR', 'ER_TOO_MANY_USER_CONNECTIONS', 'ER_USER_LIMIT_REACHED'])

const INTERRUPTED = new Set([
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_ERROR',
  'ECONNRESET',
  'EPIPE',
  'ER_QUERY_INTERRUPTED',
  'ER_SERVER_SHUTDOWN',
  'ER_NET_ERROR_ON_WRITE',
  'ER_NET_READ_ERROR',
  // A table was altered or recreated after the snapshot, and has no rows of it any more.
  'ER_TABLE_DEF_CHANGED',
])

const DENIED = new Set([
  'ER_TABLEACCESS_DENIED_ERROR',
  'ER_COLUMNACCESS_DENIED_ERROR',
  'ER_SPECIFIC_ACCESS_DENIED_ERROR',
])

/** `SELECT command denied to user 'x'@'y' for table 'bars'`; on MariaDB its name follows that of the database. */
const DENIED_TABLE = /for table ['`](?:[^'`]*`\.`)?([^'`]+)['`]$/

/** ER_CONNECTION_KILLED of MariaDB, unnamed in mysql2. */
const CONNECTION_KILLED = 1927
/** ER_QUERY_TIMEOUT of MySQL and ER_STATEMENT_TIMEOUT of MariaDB. */
const TIMEOUTS = new Set([3024, 1969])

/**
 * A deadlock, a lock wait timeout, a row that changed since the snapshot (MariaDB), a transaction that the cluster
 * rolled back at commit.
 */
const CONFLICTS = new Set([1213, 1205, 1020, 3101])
/** Of a row, or of a table. */
const LOCK_WAIT = 1205

/**
 * Errors of one table, or of a view, of which the database opens or reads nothing: it is missing, also in its storage engine or its
 * schema; the account lacks a right; the view is invalid; a file is missing or damaged.
 */
const OF_TABLE = new Set([
  ...[1146, 1049, 1932, 1054, 1044, 1142, 1143, 1227, 1356, 1370, 1449, 1305, 1347],
  ...[1016, 1017, 1033, 1034, 1035, 1194, 1195, 1286, 1812, 1813, 1814],
])

/** The server refuses writes, as a replica does, or one after a failover. */
const READ_ONLY = new Set([1290, 1836, 1792])

/** The disk is full: ENOSPC comes in several errors. */
const DISK_FULL = 1021
/** Also of a temporary table beyond `--max-temp-disk`. */
export const TABLE_FULL = 1114
const NO_SPACE = /errno: 28\b|error (?:code )?28\b|No space left/i

/** Whether the database had no room on its disk, as for a temporary table. */
export function isDiskFull(error: unknown): boolean {
  const { errno, message = '' } = error as { readonly errno?: number; readonly message?: string }
  return errno === DISK_FULL || errno === TABLE_FULL || NO_SPACE.test(message)
}

/** Whether a table could not be read, and will not be until it, or a right on it, is changed. */
export function isOfTable(error: unknown): boolean {
  const { errno } = ((error as Error).cause ?? {}) as DriverError
  return errno !== undefined && OF_TABLE.has(errno)
}

/** Whether the account lacks a right; throws any other error but that something is missing. */
export function isDenied(error: unknown): boolean {
  const { code = '' } = ((error as Error).cause ?? {}) as DriverError
  if (DENIED.has(code)) return true
  if (isOfTable(error)) return false
  throw error
}

/** The failure of something that writes nothing: the database waited too long for another session. */
export function ofRead<Failure>(error: Failure): Failure | StockdbError {
  if (!(error instanceof WriteConflict)) return error
  return new LockWait(error.cause)
}

/** Translates a driver error at the engine's edge. The original is kept as `cause`, for the log. */
export function translateMysqlError(error: unknown): StockdbError {
  if (error instanceof StockdbError) return error
  const { code = '', errno, sqlMessage = '', fatal = false } = error as DriverError
  const as = (...[ours, message]: ConstructorParameters<typeof StockdbError>) =>
    new StockdbError(ours, message, { cause: error })
  if (errno !== undefined && TIMEOUTS.has(errno))
    return as('QUERY_TIMEOUT', 'the database stopped the query at its time limit')
  if (errno !== undefined && CONFLICTS.has(errno)) return new WriteConflict(error, { isLockWait: errno === LOCK_WAIT })
  if (Object.hasOwn(NOT_LET_IN, code)) return as('DATABASE_UNAVAILABLE', `${NOT_LET_IN[code]} (${code})`)
  if (NO_CONNECTION_LEFT.has(code))
    return as(
      'DATABASE_UNAVAILABLE',
      `the database allows no more connections (${code}): raise its limit, or lower --connections`,
    )
  if (UNAVAILABLE.has(code)) return as('DATABASE_UNAVAILABLE', `cannot reach the database (${code})`)
  // mysql2 has no code for a command on a connection that was closed before it.
  const isClosed = fatal && code === '' && errno === undefined
  if (INTERRUPTED.has(code) || errno === CONNECTION_KILLED || isClosed) {
    return as('DATABASE_INTERRUPTED', 'the database aborted the query, or the connection to it was lost')
  }
  if (code === 'ER_NO_SUCH_TABLE' || code === 'ER_BAD_FIELD_ERROR') return as('SCHEMA_MISMATCH', missing(sqlMessage))
  if (DENIED.has(code)) {
    const table = DENIED_TABLE.exec(sqlMessage)?.[1]
    const lacks = 'the database account lacks a right; "stockdb grants" prints those it needs'
    return as('INTERNAL', table === undefined ? lacks : `table ${table}: ${lacks.replace('right', 'right on it')}`)
  }
  if (errno !== undefined && READ_ONLY.has(errno))
    return as('DATABASE_UNAVAILABLE', 'the database takes no writes: it is read-only, as a replica is')
  if (errno === DISK_FULL || NO_SPACE.test(sqlMessage))
    return as('DATABASE_UNAVAILABLE', 'the disk of the database is full')
  if (errno === TABLE_FULL)
    return as(
      'DATABASE_UNAVAILABLE',
      'a table is full: the disk of the database, or a temporary table beyond --max-temp-disk',
    )
  if (errno === 1153)
    return as('INTERNAL', 'the database refused the query: it is larger than its max_allowed_packet; raise that')
  if (errno === 1356) return as('SCHEMA_MISMATCH', invalidView(sqlMessage))
  return as('INTERNAL', `the database refused the query${errno === undefined ? '' : ` (error ${errno})`}`)
}

/** `View 'stocks.bars' references invalid table(s) or column(s) or function(s) or definer/invoker of view lack rights to use them`. */
function invalidView(message: string): string {
  const view = /^View '[^'.]*\.([^']+)'/.exec(message)?.[1]
  return `the view ${view ?? ''} cannot be read: a table or column behind it is missing, or its definer lacks a right`
}

/** The missing table or column, from the database's message: `Table 'stocks.daily' doesn't exist`. */
function missing(message: string): string {
  const table = /^Table '[^'.]*\.(.+)' doesn't exist/.exec(message)?.[1]
  if (table !== undefined) return missingTable(table)
  const column = /^Unknown column '([^']+)'/.exec(message)?.[1]?.split('.').at(-1)
  return missingColumn(column)
}
