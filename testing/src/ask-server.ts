import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, createConnection } from 'mysql2/promise'

/** Makes tests independent of the settings of the server. */
export const plainSession = `set session autocommit = 0, autocommit = 1, character_set_client = utf8mb4, character_set_results = utf8mb4,
  collation_connection = utf8mb4_unicode_ci, sql_select_limit = 18446744073709551615, max_join_size = 18446744073709551615,
  sql_big_selects = 1, sql_safe_updates = 0, completion_type = 'NO_CHAIN', time_zone = '+00:00', timestamp = default,
  group_concat_max_len = 1048576, div_precision_increment = 4,
  sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION' /*!50720 , transaction_read_only = 0 */ /*M! , tx_read_only = 0 */`

export interface ServerAnswer {
  /** For display: `MariaDB 10.11.14` or `MySQL 9.7.0`. */
  name: string
  dataFolder: string
}

/** Connects, queries the server's version, and disconnects. Throws if there is no answer within `timeoutMs`. */
export async function askServer(url: string, timeoutMs: number): Promise<ServerAnswer> {
  return withConnection(url, timeoutMs, async (connection) => {
    const [rows] = await connection.query({
      sql: 'select version(), @@version_comment, @@datadir',
      rowsAsArray: true,
      timeout: timeoutMs,
    })
    const [version, comment, dataFolder] = (rows as string[][])[0] ?? []
    const kind = /mariadb/i.test(`${version} ${comment}`) ? 'MariaDB' : 'MySQL'
    return { name: `${kind} ${version?.split('-')[0]}`, dataFolder: dataFolder ?? '' }
  })
}

/** Opens a connection, hands it to `use`, and closes it whatever happens. `timeoutMs` limits the time to connect. */
export async function withConnection<T>(
  url: string,
  timeoutMs: number,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await connect(url, timeoutMs)
  // If the server is killed meanwhile, the query in flight fails; this event adds nothing.
  connection.on('error', () => undefined)
  try {
    await connection.query({ sql: plainSession, timeout: timeoutMs })
    return await use(connection)
  } finally {
    connection.destroy()
  }
}

async function connect(url: string, timeoutMs: number): Promise<Connection> {
  const opening = createConnection({ uri: url, connectTimeout: timeoutMs })
  const done = new AbortController()
  // mysql2's own timeout ends with the first packet of the handshake; this one covers a server that stalls after it.
  const late = sleep(timeoutMs, undefined, { signal: done.signal }).then((): never => {
    opening.then((connection) => connection.destroy()).catch(() => undefined)
    throw new Error(`no answer within ${timeoutMs / 1000} s`)
  })
  late.catch(() => undefined)
  try {
    return await Promise.race([opening, late])
  } finally {
    done.abort()
  }
}
