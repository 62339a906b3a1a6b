import type { Catalogue, Dataset } from '@stockdb/contract'
import { tableName } from '@stockdb/contract/internal'
import { type FactorInfo, StockdbError } from '@stockdb/contract/wire'
import { deadline } from '../../engine/deadline.ts'
import type { Engine } from '../../engine/engine.ts'
import type { EngineLog } from '../../engine/observer.ts'
import { factorsTable } from '../../engine/own-tables.ts'
import { tableRef } from '../../engine/table-ref.ts'
import { onBehalfOf } from '../../telemetry/running-call.ts'
import {
  type DefinedFactor,
  datasetOf,
  type FactorRow,
  infoOf,
  placeOf,
  readFactors,
  readVersion,
} from './read-factors.ts'

const LOOK_TIMEOUT_MS = 2_000
/** Names of dropped factors that are remembered, to say what became of them. */
const MAX_DROPPED = 1_000

/** Told of all factors whenever others are served. */
type Subscriber = (factors: readonly Dataset[]) => void

/**
 * The factors that the database defines, as of the last look at it. Every process of a database looks for itself, when a call
 * gives a reason to: an idle one asks nothing.
 */
export class FactorStore {
  readonly #engine: Engine
  readonly #catalogue: Catalogue
  readonly #log: EngineLog
  readonly #subscribers: Subscriber[] = []
  #rows: readonly FactorRow[] = []
  #served: ReadonlyMap<string, DefinedFactor> = new Map()
  /** The problems of those that are not served, by name. */
  #problems: ReadonlyMap<string, string> = new Map()
  /** The tables of those that were dropped, by name. */
  readonly #dropped = new Map<string, string>()
  #version: string | undefined
  #hasTable = false
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined
  #lookedAt = Number.NEGATIVE_INFINITY
  #outdated = false

  constructor(engine: Engine, catalogue: Catalogue, log: EngineLog) {
    this.#engine = engine
    this.#catalogue = catalogue
    this.#log = log
    engine.onCommit(({ table }) => {
      if (table === tableName(factorsTable)) this.#outdated = true
    })
  }

  /** Calls `subscriber` now and whenever other factors are served. */
  subscribe(subscriber: Subscriber): void {
    this.#subscribers.push(subscriber)
    subscriber(this.#datasets())
  }

  get(name: string): DefinedFactor | undefined {
    return this.#served.get(name)
  }

  /** What to answer for a factor that was dropped since this process knew it; `undefined` for other names. */
  dropped(name: string): StockdbError | undefined {
    return this.#dropped.has(name)
      ? new StockdbError(
          'UNKNOWN_PROCEDURE',
          `the factor ${name} was dropped, with all its rows; "db.factors.define" defines it again, "db.factors.list" lists those that there are`,
        )
      : undefined
  }

  /** Throws {@link dropped}. */
  refuseDropped(name: string): void {
    const gone = this.dropped(name)
    if (gone) throw gone
  }

  /** The name of the dropped factor that a table was of, in any case of letters. */
  droppedWithTable(table: string): string | undefined {
    for (const [name, of] of this.#dropped) if (of.toLowerCase() === table.toLowerCase()) return name
    return undefined
  }

  /** Why a caller's own statement failed, as {@link explained}; it names tables. */
  async explainedStatement(error: unknown, tables: Iterable<string>): Promise<unknown> {
    if (!(error instanceof StockdbError) || error.code !== 'QUERY_REFUSED') return error
    try {
      await this.look()
      for (const table of tables) {
        const gone = this.droppedWithTable(table)
        // Another table may have its name now.
        if (gone !== undefined && !(await this.#engine.describe(placeOf(table), deadline(LOOK_TIMEOUT_MS))))
          return this.dropped(gone)
      }
    } catch {
      // The database cannot say more now.
    }
    return error
  }

  /**
   * Why a call that uses datasets failed: a table that is missing may be that of a factor which another process dropped. Any other
   * error as it is.
   */
  async explained(error: unknown, datasets: readonly Dataset[]): Promise<unknown> {
    if (!(error instanceof StockdbError) || error.code !== 'SCHEMA_MISMATCH') return error
    const mine = datasets.filter((dataset) => this.get(dataset.name) || this.#dropped.has(dataset.name))
    if (mine.length === 0) return error
    try {
      await this.look()
      for (const { name } of mine) {
        const gone = this.dropped(name)
        if (gone) return gone
      }
      for (const dataset of mine)
        if (!(await this.#engine.describe(tableRef(dataset), deadline(LOOK_TIMEOUT_MS)))) return withoutTable(dataset)
    } catch {
      // The database cannot say more now.
    }
    return error
  }

  /** All that are defined, also those that are not served. */
  list(): readonly FactorInfo[] {
    return this.#rows.map((row) => infoOf(row, this.#problems.get(row.name)))
  }

  /** Whether none is known to be defined. */
  get isEmpty(): boolean {
    return this.#rows.length === 0
  }

  /** Whether this server has written definitions since the last look. */
  get isOutdated(): boolean {
    return this.#outdated
  }

  /** Whether the database was looked at within this time. */
  isFresh(maxAgeMs: number): boolean {
    return !this.#outdated && performance.now() - this.#lookedAt < maxAgeMs
  }

  /**
   * Looks at the database, unless it was looked at within `maxAgeMs`. With 0 the look begins after this call, so that it sees
   * what was defined before. Throws what reading the database throws.
   */
  async look(maxAgeMs = 0): Promise<void> {
    if (this.isFresh(maxAgeMs)) return
    if (!this.#running) return this.#begin()
    // One that runs may have read before there was a reason to look.
    if (maxAgeMs > 0) return this.#running
    this.#next ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#next = undefined
        return this.#begin()
      })
    return this.#next
  }

  #begin(): Promise<void> {
    // On behalf of nobody: other calls wait for it too.
    this.#running ??= onBehalfOf(undefined, () => this.#look()).finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #look(): Promise<void> {
    this.#lookedAt = performance.now()
    this.#outdated = false
    const signal = deadline(LOOK_TIMEOUT_MS)
    this.#hasTable ||= (await this.#engine.describe(tableName(factorsTable), signal)) !== undefined
    try {
      const version = this.#hasTable ? await readVersion(this.#engine, signal) : ''
      if (version === this.#version) return
      // Read after the version: a later definition is then found by the next look.
      this.#serve(this.#hasTable ? await readFactors(this.#engine, signal) : [])
      this.#version = version
    } catch (error) {
      if (error instanceof StockdbError && error.code === 'SCHEMA_MISMATCH') this.#hasTable = false
      throw error
    }
  }

  #serve(rows: readonly FactorRow[]): void {
    const served = new Map<string, DefinedFactor>()
    const problems = new Map<string, string>()
    for (const row of rows) {
      const before = this.#rows.find((one) => sameRow(one, row)) && this.#served.get(row.name)
      const dataset = before?.dataset ?? datasetOf(row)
      const taken = Object.hasOwn(this.#catalogue, row.name)
      if (taken) problems.set(row.name, 'the catalogue of this server has a dataset of the same name')
      else if (typeof dataset === 'string') problems.set(row.name, dataset)
      else served.set(row.name, { dataset, owner: row.owner, definedAt: row.definedAt })
    }
    for (const [name, problem] of problems)
      if (this.#problems.get(name) !== problem) this.#log.warn({ factor: name, problem }, 'a factor is not served')
    for (const { name } of rows) this.#dropped.delete(name)
    for (const { name, table } of this.#rows) if (!rows.some((row) => row.name === name)) this.#dropped.set(name, table)
    for (const name of this.#dropped.keys()) if (this.#dropped.size > MAX_DROPPED) this.#dropped.delete(name)
    this.#rows = rows
    this.#problems = problems
    this.#served = served
    for (const subscriber of this.#subscribers) subscriber(this.#datasets())
  }

  #datasets(): Dataset[] {
    return [...this.#served.values()].map(({ dataset }) => dataset)
  }
}

const withoutTable = (dataset: Dataset): StockdbError =>
  new StockdbError(
    'SCHEMA_MISMATCH',
    `the factor ${dataset.name} has lost its table ${tableName(dataset)}; "db.factors.define" makes it again, "db.factors.drop" drops the factor`,
  )

const sameRow = (one: FactorRow, other: FactorRow): boolean =>
  one.name === other.name && one.table === other.table && one.definition === other.definition
