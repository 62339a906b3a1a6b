import { setImmediate } from 'node:timers/promises'
import type { Dataset } from '@stockdb/contract'
import { columnName, type StoredValue, tableName } from '@stockdb/contract/internal'
import { type RawBuilder, sql } from 'kysely'
import type { MergedKey, Statement, StatementOutcome, UpsertCounts, WriteTransaction } from '../engine.ts'
import { findMergedKey, type MergedKeyQuery } from '../merged-keys.ts'
import { refusedComputed } from '../refused-write.ts'
import { writersOf } from '../stored.ts'
import { WriteConflict } from '../write-conflict.ts'
import { sqliteKeyParts } from './ddl.ts'
import { sqliteDialect } from './dialect.ts'
import { refusedValue, translateSqliteError } from './errors.ts'
import type { Handle } from './handles.ts'
import { toSqlite } from './reader.ts'
import { isBusy, whenUnlocked } from './when-unlocked.ts'

/** Rows written between yields to other calls. */
const SLICE_ROWS = 500

export class SqliteTransaction implements WriteTransaction {
  readonly #handle: Handle
  readonly #signal: AbortSignal
  readonly #done: () => void
  #open = true

  /** Begins, or throws; `done` is called when the begun transaction has ended in any way. */
  constructor(handle: Handle, signal: AbortSignal, done: () => void) {
    this.#handle = handle
    this.#signal = signal
    this.#done = done
    try {
      handle.database.exec('begin immediate')
    } catch (error) {
      this.#open = false
      throw isBusy(error) ? new WriteConflict(error, { isLockWait: true }) : translateSqliteError(error)
    }
  }

  async upsert(
    dataset: Dataset,
    fields: readonly string[],
    rows: readonly (readonly StoredValue[])[],
  ): Promise<UpsertCounts> {
    const counts = { inserted: 0, changed: 0, unchanged: 0 }
    try {
      const [insert, replace] = statements(dataset, fields).map((text) => this.#handle.prepare(text))
      const keep = writersOf(dataset, fields)
      for (let from = 0; from < rows.length; from += SLICE_ROWS) {
        this.#signal.throwIfAborted()
        for (const row of rows.slice(from, from + SLICE_ROWS)) {
          const values = keep(row).map(toSqlite)
          const write = (): keyof UpsertCounts => {
            if (insert?.run(...values).changes) return 'inserted'
            return replace?.run(...values).changes ? 'changed' : 'unchanged'
          }
          try {
            counts[writeNow(write) ?? (await whenUnlocked(write))]++
          } catch (error) {
            throw refusedValue(dataset, fields, row, error) ?? error
          }
        }
        await setImmediate()
      }
      return counts
    } catch (error) {
      throw refusedComputed(dataset, (error as Error).message, error) ?? translateSqliteError(error)
    }
  }

  async change(_dataset: Dataset, statement: Statement): Promise<number> {
    return (await this.run(statement)).changed
  }

  async run({ sql: text, parameters }: Statement): Promise<StatementOutcome> {
    this.#signal.throwIfAborted()
    try {
      const statement = this.#handle.prepare(text)
      const values = parameters.map(toSqlite)
      if (statement.columns().length === 0)
        return { rows: [], changed: Number(await whenUnlocked(() => statement.run(...values).changes)) }
      return { rows: (await whenUnlocked(() => statement.all(...values))).map((row) => Object.values(row)), changed: 0 }
    } catch (error) {
      throw translateSqliteError(error)
    }
  }

  /** SQLite's DDL is part of the transaction. */
  async define(statements: readonly string[]): Promise<void> {
    this.#signal.throwIfAborted()
    try {
      for (const statement of statements) await whenUnlocked(() => this.#handle.database.exec(statement))
    } catch (error) {
      throw translateSqliteError(error)
    }
  }

  async findMerged(
    dataset: Dataset,
    fields: readonly string[],
    rows: readonly (readonly StoredValue[])[],
    loose: readonly string[],
  ): Promise<MergedKey | undefined> {
    const query: MergedKeyQuery = {
      kysely: sqliteDialect.kysely,
      equal: (column) => sql`${column} is ?`,
      differs: (column) => sql`${column} collate binary <> ?`,
      text: (column) => column,
      most: 1,
      ask: async (statement, parameters) => {
        const row = this.#handle.prepare(statement).get(...parameters.map(toSqlite))
        return row ? [Object.values(row) as string[]] : []
      },
    }
    try {
      return await findMergedKey(query, dataset, fields, rows, loose)
    } catch (error) {
      throw translateSqliteError(error)
    }
  }

  async commit(): Promise<void> {
    this.#signal.throwIfAborted()
    try {
      await whenUnlocked(() => this.#handle.database.exec('commit'))
    } catch (error) {
      throw translateSqliteError(error)
    }
    this.#end()
  }

  async rollback(): Promise<void> {
    if (!this.#open) return
    try {
      this.#handle.database.exec('rollback')
    } catch {
      // SQLite has already rolled back, as after some failures.
    }
    this.#end()
  }

  #end(): void {
    this.#open = false
    this.#done()
  }
}

/** The result of `write`; `undefined` if a reader blocks a long write in a file with a rollback journal. */
function writeNow<Result>(write: () => Result): Result | undefined {
  try {
    return write()
  } catch (error) {
    if (isBusy(error)) return undefined
    throw error
  }
}

/**
 * An insert that does nothing if the key exists, and an update that does nothing if all values are equal: their counts
 * determine whether a row is new, changed or unchanged. Zeros are compared as text, because 0 and −0 are equal.
 */
function statements(dataset: Dataset, fields: readonly string[]): string[] {
  const table = sql.id(tableName(dataset))
  const columns = fields.map((field) => sql.id(columnName(dataset, field)))
  const replaced = fields.filter((field) => !dataset.key.includes(field)).map((field) => columnName(dataset, field))
  const upsert = (action: RawBuilder<unknown>): string =>
    sql`insert into ${table} (${sql.join(columns)}) values (${sql.join(fields.map(() => sql`?`))})
      on conflict (${sql.join(sqliteKeyParts(dataset))}) do ${action}`.compile(sqliteDialect.kysely).sql
  const updates = replaced.map((name) => sql`${sql.id(name)} = excluded.${sql.id(name)}`)
  const differs = replaced.map((name) => {
    const [old, given] = [sql`${table}.${sql.id(name)}`, sql`excluded.${sql.id(name)}`]
    return sql`${old} is not ${given} or (${old} = 0 and quote(${old}) <> quote(${given}))`
  })
  const insert = upsert(sql`nothing`)
  if (replaced.length === 0) return [insert]
  return [insert, upsert(sql`update set ${sql.join(updates)} where ${sql.join(differs, sql` or `)}`)]
}
