import { randomUUID } from 'node:crypto'
import { createPool, type Pool, type PoolConnection } from 'mysql2'
import { detached } from '../detached.ts'
import { untilAborted } from '../until-aborted.ts'
import { connectionOptions } from './address.ts'
import { SessionSetup } from './prepare-session.ts'
import { pinned } from './session.ts'
import { run } from './statements.ts'
import { takeReady } from './take-ready.ts'

/** One connection, and what it reaches. */
interface Reached {
  readonly connection: PoolConnection
  /** Host and port as the address names them. */
  readonly host: string
  readonly schema: string
  readonly id: number
  /** The server's names for itself; `undefined` if it reports none. */
  readonly server: string | undefined
}

/**
 * Why two addresses do not reach the same database, as a sentence; `undefined` if they do. Servers of the same names, such as two
 * containers of one image, are distinguished by a lock that one connection takes and the other one must see.
 */
export async function mysqlDifference(main: string, other: string, signal: AbortSignal): Promise<string | undefined> {
  const pools: Pool[] = []
  const open = (address: string): Promise<Reached> => {
    const options = connectionOptions(address)
    const pool = createPool({ ...options, connectionLimit: 1, queueLimit: 1 })
    pools.push(pool)
    return detached(() => reach(pool, `${options.host}:${options.port}`))
  }
  try {
    return await untilAborted(compare(open(main), open(other)), signal)
  } finally {
    for (const pool of pools) pool.end(() => {})
  }
}

async function reach(pool: Pool, host: string): Promise<Reached> {
  const setup = new SessionSetup(pinned)
  const connection = await takeReady(pool, setup)
  const [row] = await run<[string, number, number][]>(
    connection,
    'select database(), @@lower_case_table_names, connection_id()',
    [],
    'query',
  )
  if (!row) throw new TypeError('a select of variables has no row')
  const [schema, foldsCase, id] = row
  const server = setup.whereabouts(connection)?.server
  return { connection, host, schema: Number(foldsCase) === 0 ? schema : schema.toLowerCase(), id: Number(id), server }
}

async function compare(opening: Promise<Reached>, alsoOpening: Promise<Reached>): Promise<string | undefined> {
  const [main, other] = await Promise.all([opening, alsoOpening])
  if (main.schema !== other.schema)
    return `got the database ${JSON.stringify(other.schema)} on ${other.host}; expected ${JSON.stringify(main.schema)} on ${main.host}, as --database says`
  if (main.server === other.server && (await sharesLocks(main, other))) return undefined
  return `got a database of the same name on another server (${other.host}); expected the one that --database reaches (${main.host})`
}

/** Whether a lock by one connection is seen by the other one: locks are per server. */
async function sharesLocks(main: Reached, other: Reached): Promise<boolean> {
  const name = `stockdb_${randomUUID()}`
  const one = async (connection: PoolConnection, sql: string): Promise<unknown> =>
    (await run<unknown[][]>(connection, sql, [name], 'query'))[0]?.[0]
  await one(other.connection, 'select get_lock(?, 0)')
  return Number(await one(main.connection, 'select is_used_lock(?)')) === other.id
}
