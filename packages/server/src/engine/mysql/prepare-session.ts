import { StockdbError } from '@stockdb/contract/wire'
import type { PoolConnection } from 'mysql2'
import { isDiskFull, translateMysqlError } from './errors.ts'
import { StatementSupport } from './prepared-statements.ts'
import { hostOf } from './process-list.ts'
import { type Pins, readBack, sessionStatement, unpinned } from './session.ts'

/** The identity of a connection, unique across servers. */
export interface Whereabouts {
  /** The server: its host, port and ids. */
  readonly server: string
  /** The connection id there. */
  readonly id: number
  /** Client address and port as seen by the server, such as `10.0.0.5:51234`. */
  readonly peer: string
}

/** Timeout of one of these statements. */
const TIMEOUT_MS = 5_000
const UNKNOWN_VARIABLE = 1193

/** Selects the identity. No connections are killed on servers that cannot report it: see {@link Controllers}. */
const IDENTITY = `connection_id() as id, concat_ws('/', @@hostname, @@port, @@server_id /*!50700 , @@server_uuid */) as server`
const PEER = '(select host from information_schema.processlist where id = connection_id()) as peer'

/** Sets the variables of new connections, and reads them back before the connection is used. */
export class SessionSetup {
  readonly #prepared = new WeakMap<PoolConnection, Whereabouts | 'unknown'>()
  readonly #statements = new StatementSupport()
  /** The servers that its connections reached, `unknown` among them; two are kept, which shows that there are several. */
  readonly servers = new Set<string>()
  #pins: Pins

  constructor(pins: Pins) {
    this.#pins = pins
  }

  isReady(connection: PoolConnection): boolean {
    return this.#prepared.has(connection)
  }

  /** The identity of a prepared connection; `undefined` if the server does not report it. */
  whereabouts(connection: PoolConnection): Whereabouts | undefined {
    const known = this.#prepared.get(connection)
    return known === 'unknown' ? undefined : known
  }

  /**
   * Throws `DATABASE_UNAVAILABLE` and names the variable if the server, or a proxy, ignores a setting. The connection
   * is then unusable.
   */
  async prepare(connection: PoolConnection): Promise<void> {
    await this.#set(connection)
    const { id, server, peer, ...values } = await this.#read(connection)
    const variable = unpinned(this.#pins, values)
    if (variable !== undefined) {
      const expected = variable === 'autocommit' ? 1 : this.#pins[variable]?.value
      throw new StockdbError(
        'DATABASE_UNAVAILABLE',
        `cannot use the connection: the database or a proxy leaves the session variable ${variable} at ${JSON.stringify(String(values[variable]))}; expected ${JSON.stringify(String(expected))}`,
      )
    }
    await this.#statements.note(connection).catch((error: unknown) => {
      throw refused(error)
    })
    const known = typeof server === 'string' && typeof peer === 'string'
    if (this.servers.size < 2) this.servers.add(known ? server : 'unknown')
    this.#prepared.set(connection, known ? { server, id: Number(id), peer } : 'unknown')
  }

  async #set(connection: PoolConnection): Promise<void> {
    while (true) {
      const { error } = await ask(connection, sessionStatement(this.#pins))
      if (!error) return
      // Other servers with this protocol lack some variables, which then need no setting.
      const [, name = ''] = error.errno === UNKNOWN_VARIABLE ? (/'(\w+)'/.exec(error.message) ?? []) : []
      if (!Object.hasOwn(this.#pins, name)) throw refused(error)
      this.#pins = Object.fromEntries(Object.entries(this.#pins).filter(([pin]) => pin !== name))
    }
  }

  async #read(connection: PoolConnection): Promise<Record<string, unknown>> {
    const both = await ask(connection, `select ${readBack(this.#pins)}, ${IDENTITY}, ${PEER}`)
    if (both.row) return both.row
    if (isDiskFull(both.error ?? {})) {
      const { row } = await ask(connection, `select ${readBack(this.#pins)}, ${IDENTITY}`)
      if (row) return { ...row, peer: await hostOf(connection, Number(row.id)) }
    }
    const alone = await ask(connection, `select ${readBack(this.#pins)}`)
    if (alone.row) return alone.row
    throw refused(alone.error ?? both.error)
  }
}

/** Lost connections are translated as usual; a refused statement makes the database unusable. */
function refused(error: unknown): StockdbError {
  const ours = translateMysqlError(error)
  if (ours.code !== 'INTERNAL') return ours
  const { errno } = error as { readonly errno?: number }
  const message = `cannot use the connection: the database or a proxy refuses the session's settings${errno === undefined ? '' : ` (error ${errno})`}`
  return new StockdbError('DATABASE_UNAVAILABLE', message, { cause: error })
}

interface Reply {
  readonly error?: NodeJS.ErrnoException
  readonly row?: Record<string, unknown>
}

/** Never rejects; rows are objects, because the two products have different columns. */
function ask(connection: PoolConnection, sql: string): Promise<Reply> {
  return new Promise((resolve) => {
    connection.query({ sql, timeout: TIMEOUT_MS }, (error, rows) => {
      if (error) resolve({ error })
      else resolve({ row: (rows as Record<string, unknown>[])[0] ?? {} })
    })
  })
}
