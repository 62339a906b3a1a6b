import { setImmediate } from 'node:timers/promises'
import { columnName, type Dataset, type StoredValue, tableName } from '@stockdb/contract'
import { sql } from 'kysely'
import type { WriteTransaction } from '../engine.ts'
import { sqliteKeyParts } from '../row-key.ts'
import { writersOf } from '../stored.ts'
import { WriteConflict } from '../write-conflict.ts'
import { sqliteDialect } from './dialect.ts'
import { BUSY, translateSqliteError } from './errors.ts'
import type { Handle } from './handles.ts'
import { toSqlite } from './reader.ts'

/** Rows written before other calls are served. */
const SLICE_ROWS = 500

export class SqliteTransaction implements WriteTransaction {
  readonly #handle: Handle
  readonly #signal: AbortSignal
  readonly #done: () => void
  #open = true

  /** Begins; `done` is called once the transaction has ended, one way or the other. */
  constructor(handle: Handle, signal: AbortSignal, done: () => void) {
    this.#handle = handle
    this.#signal = signal
    this.#done = done
    try {
      handle.database.exec('begin immediate')
    } catch (error) {
      this.#open = false
      done()
      // Another process is writing, for longer than SQLite itself waits.
      throw ((error as { readonly errcode?: number }).errcode ?? 0) % 256 === BUSY
        ? new WriteConflict(error)
        : translateSqliteError(error)
    }
  }

  async upsert(dataset: Dataset, fields: readonly string[], rows: readonly (readonly StoredValue[])[]): Promise<void> {
    try {
      const statement = this.#handle.prepare(upsertStatement(dataset, fields))
      const keep = writersOf(dataset, fields)
      for (let from = 0; from < rows.length; from += SLICE_ROWS) {
        this.#signal.throwIfAborted()
        for (const row of rows.slice(from, from + SLICE_ROWS)) statement.run(...keep(row).map(toSqlite))
        await setImmediate()
      }
    } catch (error) {
      throw translateSqliteError(error)
    }
  }

  async commit(): Promise<void> {
    this.#signal.throwIfAborted()
    try {
      this.#handle.database.exec('commit')
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
      // SQLite has rolled back by itself, as it does after some failures.
    }
    this.#end()
  }

  #end(): void {
    this.#open = false
    this.#done()
  }
}

function upsertStatement(dataset: Dataset, fields: readonly string[]): string {
  const columns = fields.map((field) => sql.id(columnName(dataset, field)))
  const replaced = fields
    .filter((field) => !dataset.key.includes(field))
    .map((field) => sql.id(columnName(dataset, field)))
  const updates = replaced.map((column) => sql`${column} = excluded.${column}`)
  return sql`insert into ${sql.id(tableName(dataset))} (${sql.join(columns)})
    values (${sql.join(fields.map(() => sql`?`))})
    on conflict (${sql.join(sqliteKeyParts(dataset))}) do ${updates.length === 0 ? sql`nothing` : sql`update set ${sql.join(updates)}`}`.compile(
    sqliteDialect.kysely,
  ).sql
}
