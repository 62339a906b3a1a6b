import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Dataset } from '@stockdb/contract'
import { columnName, splitSymbolOf, tableName } from '@stockdb/contract/internal'
import { sql } from 'kysely'
import { deadline } from './deadline.ts'
import { detached } from './detached.ts'
import type { Engine, ReadColumn } from './engine.ts'
import { tableRef } from './table-ref.ts'
import type { TableShape } from './table-shape.ts'

/** How long a call waits for the search; a longer one continues in the background. */
const WAIT_MS = 2_000
const SEARCH_TIMEOUT_MS = 600_000
const VERSION_TIMEOUT_MS = 5_000
/** How long a finding is used if the database cannot report that the table changed, and how many times as long as the search took. */
const BELIEVED_MS = 2_000
const BELIEVED_TIMES = 50
/** A call waits for a search that is as short as this after a while, */
const SHORT_MS = 50
/** and for one as short as this if the table was written since. */
const SHORT_AFTER_WRITE_MS = 500
/** No version of a table. */
const UNKNOWN_VERSION = 'unknown'

/**
 * Searches a table for codes that its collation treats as equal, such as `a` and `A`. Loose index scans from code to
 * code are only correct without such codes.
 */
export class EqualCodes {
  readonly #engine: Engine
  readonly #dataset: Dataset
  #found = false
  #isChecked = false
  #searching: Promise<void> | undefined
  #searchAgainAt = 0
  #tookMs = 0
  /** The version of the database or the table that was searched, if there is one. */
  #version: string | undefined

  /** Undefined if codes compare bytewise, or every call reads the whole table anyway. */
  static of(engine: Engine, dataset: Dataset, { columns, made }: TableShape): EqualCodes | undefined {
    const { symbol, managed, latest } = dataset
    if (symbol === undefined || managed !== false || latest === 'scan' || splitSymbolOf(dataset)) return undefined
    const collation = columns.find(({ name }) => name === columnName(dataset, symbol))?.collation
    const isLoose = collation !== undefined && engine.dialect.columnTypes.isLoose(collation, made)
    return isLoose ? new EqualCodes(engine, dataset) : undefined
  }

  constructor(engine: Engine, dataset: Dataset) {
    this.#engine = engine
    this.#dataset = dataset
  }

  /** Whether such codes were found. */
  get found(): boolean {
    return this.#found
  }

  /** Whether the table was searched. */
  get isChecked(): boolean {
    return this.#isChecked
  }

  /**
   * Searches if the last finding is old, and waits for the search if it is short. `exactly`: also if the table was written
   * since; if that search is long, the table counts as unchecked meanwhile.
   */
  async refresh(exactly: boolean): Promise<void> {
    const now = performance.now()
    if (now > this.#searchAgainAt && this.#engine.dataVersion === undefined) {
      // Nobody has read the table for long: it is searched as if it were new.
      if (now > this.#searchAgainAt + this.#believedMs()) this.#isChecked = false
      const search = this.#search()
      if (!this.#isChecked) await Promise.race([search, sleep(WAIT_MS, undefined, { ref: false })])
      else if (this.#tookMs < SHORT_MS) await search
    }
    if (!exactly && this.#engine.dataVersion === undefined) return
    // A search under way may have begun before the write.
    for (let tries = 0; tries < 2 && (await this.#isWritten()); tries++) {
      // Until it was searched again.
      this.#isChecked = false
      const search = this.#search()
      if (this.#tookMs < SHORT_AFTER_WRITE_MS) await Promise.race([search, sleep(WAIT_MS, undefined, { ref: false })])
    }
  }

  async #isWritten(): Promise<boolean> {
    try {
      return (await this.#currentVersion()) !== this.#version
    } catch {
      // The table may have been written: the next call searches it again.
      this.#isChecked = false
      this.#version = UNKNOWN_VERSION
      return false
    }
  }

  async #currentVersion(): Promise<string | undefined> {
    const { dataVersion, tableVersion } = this.#engine
    if (dataVersion) return dataVersion.call(this.#engine)
    const version = await tableVersion?.call(this.#engine, [tableRef(this.#dataset)], deadline(VERSION_TIMEOUT_MS))
    // The next write may leave it as it is, so each look differs.
    return version?.isFresh ? `${version.text} ${randomUUID()}` : version?.text
  }

  #search(): Promise<void> {
    this.#searching ??= detached(() => this.#ask())
      // An unavailable database says nothing about the table.
      .catch(() => {})
      .finally(() => {
        this.#searchAgainAt = performance.now() + this.#believedMs()
        this.#searching = undefined
      })
    return this.#searching
  }

  #believedMs(): number {
    return Math.max(BELIEVED_MS, this.#tookMs * BELIEVED_TIMES)
  }

  async #ask(): Promise<void> {
    const startedAt = performance.now()
    const version = await this.#currentVersion()
    const { dialect } = this.#engine
    const table = tableName(this.#dataset)
    const code = sql.id('t', columnName(this.#dataset, this.#dataset.symbol as string))
    const bytes = dialect.comparable({ type: 'text' }, code)
    const statement = sql`select 'found' from ${sql.id(table)} as t group by ${code}
      having min(${bytes}) <> max(${bytes}) limit 1`.compile(dialect.kysely)
    const column: ReadColumn = { name: 'found', type: 'text', nullable: false }
    const query = {
      sql: statement.sql,
      parameters: statement.parameters,
      columns: [column],
      tables: [table],
      long: true,
    }
    let found = false
    try {
      for await (const { batch } of this.#engine.read(query, deadline(SEARCH_TIMEOUT_MS))) found ||= batch.numRows > 0
      this.#found = found
      this.#isChecked = true
      this.#version = version
    } finally {
      this.#tookMs = performance.now() - startedAt
    }
  }
}
