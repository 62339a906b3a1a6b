import type { Dataset, FieldTypeName } from '@stockdb/contract'
import { columnName, type StoredValue, tableName } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import { type RawBuilder, sql } from 'kysely'
import type { PoolConnection, ResultSetHeader } from 'mysql2'
import { SizedCache } from '../../bounds/sized-cache.ts'
import type { MergedKey, Statement, StatementOutcome, UpsertCounts, UpsertMatch, WriteTransaction } from '../engine.ts'
import { findMergedKey, type MergedKeyQuery } from '../merged-keys.ts'
import { isOwnTable } from '../own-tables.ts'
import { writersOf } from '../stored.ts'
import { tableId } from '../table-ref.ts'
import { untilAborted } from '../until-aborted.ts'
import { WriteConflict } from '../write-conflict.ts'
import { mysqlDialect } from './dialect.ts'
import type { MysqlPool } from './pool.ts'
import { refusedValue } from './refused-values.ts'
import { run, runRows } from './statements.ts'
import { upsertByKey } from './upsert-by-key.ts'
import { ExecutePacket } from './wire/execute-packet.ts'

/** Maximum rows of one INSERT. */
const ROWS = 1_024
/** Numbers of rows of our own tables for which there are statements, whatever their power of two. */
const OWN_ROWS = 8
/** Rows per search for keys treated as equal; each found row is compared with all of them. */
const MERGED_ROWS = 32
/** How long DDL waits for sessions that use its table. */
const DDL_WAIT_S = 5
/** Maximum parameters of a prepared statement. */
const MAX_PARAMETERS = 60_000

/** Types of fields whose numbers are whole. */
const WHOLE: ReadonlySet<FieldTypeName | undefined> = new Set(['int32', 'int64'] as const)

/** Maximum bytes of the texts of statements that are kept. */
const STATEMENT_BYTES = 4 * 2 ** 20

/** Opens a transaction on a pooled connection; if `signal` fires, the connection is discarded. */
export async function beginMysql(pool: MysqlPool, signal: AbortSignal): Promise<WriteTransaction> {
  const connection = await pool.acquire(signal)
  try {
    await run(connection, 'start transaction', [], 'query')
  } catch (error) {
    pool.discard(connection)
    throw error
  }
  return new MysqlTransaction(pool, connection, signal)
}

class MysqlTransaction implements WriteTransaction {
  readonly #pool: MysqlPool
  readonly #connection: PoolConnection
  readonly #signal: AbortSignal
  readonly #packet = new ExecutePacket()
  #open = true

  constructor(pool: MysqlPool, connection: PoolConnection, signal: AbortSignal) {
    this.#pool = pool
    this.#connection = connection
    this.#signal = signal
    signal.addEventListener('abort', this.#onAbort)
  }

  async upsert(
    dataset: Dataset,
    fields: readonly string[],
    rows: readonly (readonly StoredValue[])[],
    match: UpsertMatch = 'unique',
  ): Promise<UpsertCounts> {
    const counts = { inserted: 0, changed: 0, unchanged: 0 }
    this.#signal.throwIfAborted()
    if (match === 'key') return this.#unlessAborted(() => upsertByKey(this.#connection, dataset, fields, rows))
    const most = 2 ** Math.floor(Math.log2(Math.min(ROWS, MAX_PARAMETERS / fields.length)))
    const keep = writersOf(dataset, fields)
    const isWhole = fields.map((field) => WHOLE.has(dataset.fields[field]?.type))
    // Statements have powers of two rows, so that few of them are prepared for any number of rows; of our own tables also all smaller
    // numbers, because the keys and records of writes that share a commit are a few rows each time.
    const exact = isOwnTable(dataset.name) ? OWN_ROWS : 1
    for (let from = 0; from < rows.length; ) {
      const left = rows.length - from
      const size = left <= exact ? left : Math.min(most, 2 ** Math.floor(Math.log2(left)))
      const values = rows.slice(from, from + size).map(keep)
      try {
        const statement = upsertStatement(dataset, fields, size)
        const outcome = await runRows(this.#connection, statement, values, isWhole, this.#packet)
        const changed = changedOf(outcome)
        const inserted = outcome.affectedRows - 2 * changed
        counts.inserted += inserted
        counts.changed += changed
        counts.unchanged += size - inserted - changed
      } catch (error) {
        // If the signal closed the connection, its reason says more than the lost connection.
        this.#signal.throwIfAborted()
        throw refusedValue(dataset, fields, rows.slice(from, from + size), error) ?? error
      }
      from += size
    }
    return counts
  }

  async change(_dataset: Dataset, statement: Statement): Promise<number> {
    return (await this.run(statement)).changed
  }

  run({ sql, parameters }: Statement): Promise<StatementOutcome> {
    return this.#unlessAborted(async () => {
      const outcome = await run<unknown[][] | ResultSetHeader>(this.#connection, sql, parameters)
      if (Array.isArray(outcome)) return { rows: outcome, changed: 0 }
      const { affectedRows, insertId } = outcome
      return { rows: [], changed: affectedRows, ...(insertId > 0 ? { raised: Number(insertId) } : {}) }
    })
  }

  /** Where the signal took the connection away, its reason says more than the loss of the connection. */
  async #unlessAborted<Result>(act: () => Promise<Result>): Promise<Result> {
    this.#signal.throwIfAborted()
    try {
      return await act()
    } catch (error) {
      this.#signal.throwIfAborted()
      throw error
    }
  }

  /** DDL would commit this transaction, so it has a connection of its own. */
  async define(statements: readonly string[]): Promise<void> {
    const connection = await this.#pool.acquire(this.#signal)
    try {
      // By default it would wait for a day, and everybody who wants the table behind it.
      await run(connection, `set lock_wait_timeout = ${DDL_WAIT_S}`, [], 'query')
      for (const statement of statements) await untilAborted(run(connection, statement, [], 'query'), this.#signal)
    } catch (error) {
      this.#signal.throwIfAborted()
      throw error instanceof WriteConflict
        ? new StockdbError(
            'DATABASE_UNAVAILABLE',
            `other sessions have used the table for ${DDL_WAIT_S} s; try again`,
            {
              cause: error,
            },
          )
        : error
    } finally {
      // With its settings; what still runs on it is killed.
      this.#pool.discard(connection)
    }
  }

  findMerged(
    dataset: Dataset,
    fields: readonly string[],
    rows: readonly (readonly StoredValue[])[],
    loose: readonly string[],
  ): Promise<MergedKey | undefined> {
    const query: MergedKeyQuery = {
      kysely: mysqlDialect.kysely,
      equal: (column) => sql`${column} <=> ?`,
      differs: (column) => sql`cast(convert(${column} using utf8mb4) as binary) <> cast(? as binary)`,
      text: (column) => sql`convert(${column} using utf8mb4)`,
      most: MERGED_ROWS,
      ask: (statement, parameters) => run(this.#connection, statement, parameters),
    }
    return findMergedKey(query, dataset, fields, rows, loose)
  }

  async commit(): Promise<void> {
    this.#signal.throwIfAborted()
    try {
      await run(this.#connection, 'commit', [], 'query')
    } catch (error) {
      this.#end('discard')
      if (error instanceof WriteConflict) throw error
      // It is unknown whether the commit took effect, so this must not look like a rolled back write.
      throw new StockdbError(
        'WRITE_OUTCOME_UNKNOWN',
        'the connection to the database was lost during the commit, which may have taken effect; it is safe to write again',
        { cause: error },
      )
    }
    this.#end('release')
  }

  async rollback(): Promise<void> {
    if (!this.#open) return
    try {
      await run(this.#connection, 'rollback', [], 'query')
      this.#end('release')
    } catch {
      // The database rolls back when the connection ends.
      this.#end('discard')
    }
  }

  readonly #onAbort = (): void => this.#end('discard')

  #end(how: 'release' | 'discard'): void {
    if (!this.#open) return
    this.#open = false
    this.#signal.removeEventListener('abort', this.#onAbort)
    if (how === 'release') this.#pool.release(this.#connection)
    else this.#pool.discard(this.#connection)
  }
}

/**
 * Number of changed rows of an upsert. For several rows the database reports it in its info text, and counts one
 * affected row per new row, two per changed row. It compares stored values: a decimal rounded to the same value is
 * unchanged.
 */
function changedOf({ affectedRows, info }: ResultSetHeader): number {
  const said = /Duplicates: (\d+)/.exec(info)?.[1]
  return said === undefined ? Number(affectedRows === 2) : Number(said)
}

/** Texts of statements, which are long and the same for all chunks of a size. */
const texts = new SizedCache<string>(STATEMENT_BYTES, (text) => text.length)

function upsertStatement(dataset: Dataset, fields: readonly string[], rows: number): string {
  const columns = fields.map((field) => columnName(dataset, field))
  const replaced = fields.filter((field) => !dataset.key.includes(field)).map((field) => columnName(dataset, field))
  // With only key fields, the key is set to itself.
  const updated = replaced.length > 0 ? replaced : columns
  const shape = JSON.stringify([tableName(dataset), columns, updated, rows])
  const known = texts.get(shape)
  if (known !== undefined) return known
  const compile = (part: RawBuilder<unknown>): string => part.compile(mysqlDialect.kysely).sql
  const row = compile(sql`(${sql.join(columns.map(() => sql`?`))})`)
  // MariaDB has no row alias; both support VALUES().
  const updates = updated.map((name) => sql`${sql.id(name)} = values(${sql.id(name)})`)
  const names = columns.map((name) => sql.id(name))
  const text = [
    compile(sql`insert into ${tableId(dataset)} (${sql.join(names)}) values`),
    Array.from({ length: rows }, () => row).join(', '),
    compile(sql`on duplicate key update ${sql.join(updates)}`),
  ].join(' ')
  texts.set(shape, text)
  return text
}
