import type { StoredValue } from '@stockdb/contract/internal'
import type { PoolConnection } from 'mysql2'
import { setMaxParserCache } from 'mysql2'
import { SizedCache } from '../../bounds/sized-cache.ts'
import { isKept, type PreparedStatement, statementKey } from './mysql2-inside.ts'
import { types } from './protocol.ts'
import { ExecutePacket } from './wire/execute-packet.ts'

/** Maximum bytes of the prepared statements of one connection. */
const CONNECTION_BYTES = 2 ** 20
/** A column definition, which mysql2 keeps with a prepared statement, including its packet. */
const COLUMN_BYTES = 600

// Reads use our own reader; mysql2 generates parsers only for our few other statements, and would cache 15,000.
setMaxParserCache(100)

/** A longer packet is not kept for the next read. */
const KEPT_PACKET_BYTES = 64 * 1_024

/** A statement that was prepared on a connection, or will be. */
export interface Prepared {
  readonly columns: number
  /** Of mysql2, once an answer to it has come to its end. */
  known: KnownStatement | undefined
}

interface KnownStatement {
  readonly key: string
  readonly statement: PreparedStatement
  /** Whether a whole number must be sent as one, by placeholder. */
  readonly isWhole: readonly boolean[]
}

/** What is prepared on a connection. */
interface OnConnection {
  /** By SQL. */
  readonly statements: SizedCache<Prepared>
  /** A connection executes one at a time. */
  packet: ExecutePacket
}

const prepared = new WeakMap<PoolConnection, OnConnection>()

/** Connections to servers that prepare no statements: everything is sent to them as text. */
const without = new WeakSet<PoolConnection>()

/** Whether the servers of a pool prepare statements; its first connection finds out. */
export class StatementSupport {
  #isThere: boolean | undefined

  /** Call it with every connection before it is used. */
  async note(connection: PoolConnection): Promise<void> {
    this.#isThere ??= await canPrepare(connection)
    if (!this.#isThere) without.add(connection)
  }
}

/** False for any error of the server's; throws if the connection was lost. */
function canPrepare(connection: PoolConnection): Promise<boolean> {
  return new Promise((resolve, reject) => {
    connection.prepare('select 1', (error, statement) => {
      if (!error) {
        statement.close()
        return resolve(true)
      }
      // Only what the server itself says has a state.
      const { sqlState } = error as { readonly sqlState?: string }
      if (sqlState === undefined) reject(error)
      else resolve(false)
    })
  })
}

export const preparesStatements = (connection: PoolConnection): boolean => !without.has(connection)

/**
 * The prepared statement of some SQL on a connection. Limits the bytes of all of them, here and in the database; mysql2 only limits
 * their number. Call it before a read is executed.
 */
export function preparedOn(connection: PoolConnection, sql: string, columns: number): Prepared {
  const { statements } = onConnection(connection)
  const known = statements.get(sql)
  if (known) return known
  const added = { columns, known: undefined }
  statements.set(sql, added)
  return added
}

/** Types of placeholders for which a whole number must be sent as one: MySQL refuses any other number behind `limit`. */
const WHOLE: ReadonlySet<number> = new Set([types.TINY, types.SHORT, types.LONG, types.LONGLONG])

/** Learns the statement that mysql2 has prepared of some SQL. */
export function learn(
  connection: PoolConnection,
  sql: string,
  prepared: Prepared,
  statement: PreparedStatement | undefined,
): void {
  if (!statement) return
  const isWhole = statement.parameters.map(({ columnType }) => WHOLE.has(columnType))
  prepared.known = { key: statementKey(connection, sql), statement, isWhole }
}

/**
 * The packet that executes a statement with values, until the next one on the connection is made; `undefined` for values whose form
 * is mysql2's to decide, and for a statement that it has closed.
 */
export function packetOf(
  connection: PoolConnection,
  { known }: Prepared,
  values: readonly unknown[],
): Buffer | undefined {
  if (known?.isWhole.length !== values.length || !everyPlain(values)) return undefined
  const { key, statement, isWhole } = known
  if (!isKept(connection, key, statement)) return undefined
  const there = onConnection(connection)
  const packet = there.packet.of(statement.id, [values], isWhole)
  if (packet.length > KEPT_PACKET_BYTES) there.packet = new ExecutePacket()
  return packet
}

const everyPlain = (values: readonly unknown[]): values is readonly StoredValue[] =>
  values.every((value) => value === null || ['string', 'number', 'boolean'].includes(typeof value))

function onConnection(connection: PoolConnection): OnConnection {
  let known = prepared.get(connection)
  if (!known) {
    const forget = (_: Prepared, old: string): void => {
      // mysql2's cache key: the SQL and the row format.
      connection.unprepare({ sql: old, rowsAsArray: true } as never)
    }
    const bytesOf = ({ columns }: Prepared): number => columns * COLUMN_BYTES
    known = { statements: new SizedCache(CONNECTION_BYTES, bytesOf, forget), packet: new ExecutePacket() }
    prepared.set(connection, known)
  }
  return known
}
