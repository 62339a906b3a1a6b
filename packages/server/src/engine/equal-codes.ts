import { setTimeout as sleep } from 'node:timers/promises'
import type { Dataset } from '@stockdb/contract'
import { columnName, tableName } from '@stockdb/contract/internal'
import { sql } from 'kysely'
import { deadline } from './deadline.ts'
import { detached } from './detached.ts'
import type { Engine, ReadColumn } from './engine.ts'
import type { TableShape } from './table-shape.ts'

/** How long a call waits for the search; what takes longer goes on beside it. */
const WAIT_MS = 2_000
const SEARCH_TIMEOUT_MS = 600_000
/** How long a finding is believed, and how many times as long as the search took. */
const BELIEVED_MS = 2_000
const BELIEVED_TIMES = 50
/** A search as short as this is waited for. */
const SHORT_MS = 50

/**
 * Whether a table has codes that its collation takes for equal, as `a` and `A`. Steps from code to code in its index are right
 * only where it has none, so it must be looked for.
 */
export class EqualCodes {
  readonly #engine: Engine
  readonly #dataset: Dataset
  #found = false
  #isChecked = false
  #searching: Promise<void> | undefined
  #searchAgainAt = 0
  #tookMs = 0

  /** None where a code of the table is its bytes, or where every question reads the whole table anyway. */
  static of(engine: Engine, dataset: Dataset, { columns, made }: TableShape): EqualCodes | undefined {
    const { symbol, managed, latest } = dataset
    if (symbol === undefined || managed !== false || latest === 'scan') return undefined
    const collation = columns.find(({ name }) => name === columnName(dataset, symbol))?.collation
    const isLoose = collation !== undefined && engine.dialect.columnTypes.isLoose(collation, made)
    return isLoose ? new EqualCodes(engine, dataset) : undefined
  }

  constructor(engine: Engine, dataset: Dataset) {
    this.#engine = engine
    this.#dataset = dataset
  }

  /** Whether there are such codes, as far as is known. */
  get found(): boolean {
    return this.#found
  }

  /** Whether the table was searched. */
  get isChecked(): boolean {
    return this.#isChecked
  }

  /** Searches, where the last finding is old; waits for it where it is short. */
  async refresh(): Promise<void> {
    if (performance.now() < this.#searchAgainAt) return
    const search = this.#search()
    if (!this.#isChecked) await Promise.race([search, sleep(WAIT_MS, undefined, { ref: false })])
    else if (this.#tookMs < SHORT_MS) await search
  }

  #search(): Promise<void> {
    this.#searching ??= detached(() => this.#ask())
      // A database that is away says nothing about the table.
      .catch(() => {})
      .finally(() => {
        this.#searchAgainAt = performance.now() + Math.max(BELIEVED_MS, this.#tookMs * BELIEVED_TIMES)
        this.#searching = undefined
      })
    return this.#searching
  }

  async #ask(): Promise<void> {
    const startedAt = performance.now()
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
    } finally {
      this.#tookMs = performance.now() - startedAt
    }
  }
}
