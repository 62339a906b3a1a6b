import { refusalOf } from '@stockdb/contract/wire'
import type {
  CompiledQuery,
  DatabaseConnection,
  DatabaseIntrospector,
  Dialect,
  DialectAdapter,
  Driver,
  QueryCompiler,
  QueryResult,
} from 'kysely'
import { callSite, errorAt } from '../call/call-site.ts'
import type { Caller } from '../caller.ts'
import { errorOf } from '../errors.ts'
import { queryInputOf } from './query-input.ts'
import { rowChunks } from './rows.ts'

/**
 * A Kysely dialect for a stockdb server: instead of generating SQL it sends the query tree, and converts the answer's
 * frame to rows.
 */
export class WireDialect implements Dialect {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  createAdapter = (): WireAdapter => new WireAdapter()
  createDriver = (): Driver => new WireDriver(this.#caller)
  createIntrospector = (): DatabaseIntrospector => ({
    getSchemas: refuseIntrospection,
    getTables: refuseIntrospection,
  })
  createQueryCompiler = (): QueryCompiler => ({ compileQuery })
}

/** Frames of Kysely, between user code and this file. */
const KYSELY = /[\\/]kysely(@[^\\/]+)?[\\/]([^\\/]+[\\/])?dist[\\/]/

/** The call site of a query. Kysely compiles it synchronously; later its stack no longer contains user code. */
const sites = new WeakMap<CompiledQuery, Error>()

const compileQuery: QueryCompiler['compileQuery'] = (query, queryId) => {
  const compiled = { query, queryId, sql: '', parameters: [] }
  sites.set(compiled, callSite(compileQuery))
  return compiled
}

function errorOfQuery(compiled: CompiledQuery, error: unknown): unknown {
  const site = sites.get(compiled)
  // A fresh copy, because it becomes the error, and a query may be executed again.
  sites.delete(compiled)
  return site ? errorAt(site, error, KYSELY) : error
}

class WireAdapter implements DialectAdapter {
  readonly supportsMultipleConnections = true

  async acquireMigrationLock(): Promise<void> {
    throw errorOf('QUERY_REFUSED', refusalOf('CreateTableNode'))
  }

  async releaseMigrationLock(): Promise<void> {}
}

class WireDriver implements Driver {
  readonly #connection: WireConnection

  constructor(caller: Caller) {
    this.#connection = new WireConnection(caller)
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection
  }

  async beginTransaction(): Promise<void> {
    throw errorOf(
      'QUERY_REFUSED',
      'transaction: each query is a separate call; use with() if several parts must see the same rows',
    )
  }

  async commitTransaction(): Promise<void> {}
  async rollbackTransaction(): Promise<void> {}
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {}
}

/** There is no connection: every query is a separate call. */
class WireConnection implements DatabaseConnection {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  async executeQuery<R>(compiled: CompiledQuery, { signal }: { signal?: AbortSignal } = {}): Promise<QueryResult<R>> {
    try {
      const { path, input } = queryInputOf(compiled)
      const batches = await this.#caller.batches(path, input, { signal })
      // `R` is Kysely's own inference of the row type.
      return { rows: batches.flatMap((batch) => [...rowChunks(batch, Number.POSITIVE_INFINITY)].flat()) as R[] }
    } catch (error) {
      // Kysely has already thrown the signal's reason, and would also log a failed query to the console.
      if (signal?.aborted) return { rows: [] }
      throw errorOfQuery(compiled, error)
    }
  }

  async *streamQuery<R>(
    compiled: CompiledQuery,
    chunkSize: number,
    { signal }: { signal?: AbortSignal } = {},
  ): AsyncIterableIterator<QueryResult<R>> {
    try {
      const { path, input } = queryInputOf(compiled)
      for await (const batch of this.#caller.streamBatches(path, input, { signal })) {
        for (const rows of rowChunks(batch, chunkSize)) yield { rows: rows as R[] }
      }
    } catch (error) {
      if (!signal?.aborted) throw errorOfQuery(compiled, error)
    }
  }
}

async function refuseIntrospection(): Promise<never> {
  throw errorOf('QUERY_REFUSED', 'introspection: db.meta.datasets() lists the datasets with their fields')
}
