import { setImmediate } from 'node:timers/promises'
import type { Dataset, StoredValue } from '@stockdb/contract'
import { sql } from 'kysely'
import type { WriteTransaction } from '../engine.ts'
import { sqliteDialect } from './dialect.ts'
import { translateSqliteError } from './errors.ts'
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
      throw translateSqliteError(error)
    }
  }

  async upsert(dataset: Dataset, fields: readonly string[], rows: readonly (readonly StoredValue[])[]): Promise<void> {
    try {
      const statement = this.#handle.prepare(upsertStatement(dataset, fields))
      for (let from = 0; from < rows.length; from += SLICE_ROWS) {
        this.#signal.throwIfAborted()
        for (const row of rows.slice(from, from + SLICE_ROWS)) statement.run(...row.map(toSqlite))
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
  const replaced = fields.filter((field) => !dataset.key.includes(field))
  const insert = sqliteDialect.kysely
    .insertInto(dataset.name)
    .values(Object.fromEntries(fields.map((field) => [field, null])))
  return insert
    .onConflict((conflict) =>
      replaced.length === 0
        ? conflict.columns([...dataset.key]).doNothing()
        : conflict
            .columns([...dataset.key])
            .doUpdateSet(Object.fromEntries(replaced.map((field) => [field, sql`${sql.ref(`excluded.${field}`)}`]))),
    )
    .compile().sql
}
