import { type Client, connect } from '@stockdb/client'
import { type Catalogue, type Tushare, tushare } from '@stockdb/contract'
import { createLog, type StartOptions, type StockdbServer, start } from '@stockdb/server'
import { OFF } from '../../src/bounds/settings.ts'
import { createMissingTables } from '../../src/engine/migration.ts'
import { withOwnTables } from '../../src/engine/own-tables.ts'

/** A stockdb server in this process on a free port, with a client that never retries. */
export interface Served<C extends Catalogue> {
  readonly server: StockdbServer
  readonly db: Client<C>
  close(): Promise<void>
}

/** Starts a server with its tables created, unless `tables` is false, and connects to it. */
export async function serve<C extends Catalogue = Tushare>(
  address: string,
  {
    token,
    tables = true,
    ...options
  }: Omit<StartOptions, 'database' | 'catalogue'> & {
    readonly catalogue?: C
    readonly token?: string
    readonly tables?: boolean
  } = {},
): Promise<Served<C>> {
  // The test runs in the server's process, so its own work delays the event loop.
  // Most tests write beside the server, and ask again at once.
  const bounds = { maxLoopDelayMs: 60_000, cacheMaxAgeMs: OFF, ...options.bounds }
  const server = await start({ log: createLog('silent'), ...options, bounds, database: address, port: 0 })
  try {
    const catalogue = withOwnTables(options.catalogue ?? tushare)
    if (tables) await createMissingTables(server.engine, catalogue, new AbortController().signal)
    const db = await connect<C>(server.url, { retries: 0, token })
    return { server, db, close: () => server.close() }
  } catch (error) {
    await server.close()
    throw error
  }
}
