import type { Dataset } from '@stockdb/contract'
import { tableName } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import { deadline } from './deadline.ts'
import { detached } from './detached.ts'
import type { Engine } from './engine.ts'
import { EqualCodes } from './equal-codes.ts'
import { FormatCheck, type FormatProgress } from './format-check.ts'
import type { EngineLog } from './observer.ts'
import { compareTable, describeDifference, enforcesKey, singleFields } from './schema.ts'

const DESCRIBE_TIMEOUT_MS = 10_000
/** How long a finding of something wrong is believed before the table is looked at again. */
const RECHECK_MS = 1_000
/** How long a table in use is trusted before it is looked at again, beside the calls that use it. */
const TRUST_MS = 5_000

/** What a call needs to know of a table besides. */
export interface TableNeeds {
  /** Whether the call steps from code to code in an index, and would miss those that the index treats as equal. */
  readonly exactCodes?: boolean
}

/** A table that can be read as declared. */
interface Trusted {
  readonly enforcesKey: boolean
  /** The fields that are kept as FLOAT. */
  readonly singles: ReadonlySet<string>
  /** Everything that is known of the table's shape. */
  readonly signature: string
  readonly formats: FormatCheck | undefined
  readonly codes: EqualCodes | undefined
  lookAgainAt: number
}

/**
 * Looks at a dataset's table before it is first read, again when a reader doubts it, and now and then while it is in use: a
 * table that differs from its declaration so that answers would be wrong (a date kept as text, say) is refused, and one
 * that can be read but differs is noted in the log.
 */
export class TableGuard {
  readonly #engine: Engine
  readonly #log: EngineLog
  readonly #good = new Map<string, Trusted>()
  readonly #checks = new Map<string, { until: number; problem: Promise<string | undefined> }>()
  /** The datasets that were looked at, by their tables. */
  readonly #byTable = new Map<string, Set<string>>()

  constructor(engine: Engine, log: EngineLog) {
    this.#engine = engine
    this.#log = log
    engine.changes.listen((tables) => {
      for (const table of tables) for (const name of this.#byTable.get(table) ?? []) this.#good.delete(name)
    })
    engine.onCommit(({ dataset }) => {
      for (const name of this.#byTable.get(tableName(dataset)) ?? []) {
        const trusted = this.#good.get(name)
        if (trusted) trusted.lookAgainAt = 0
      }
    })
  }

  /** Throws `SCHEMA_MISMATCH`, saying field by field what is wrong. */
  async check(dataset: Dataset, needs: TableNeeds = {}): Promise<void> {
    const problem = await this.problem(dataset, needs)
    if (problem !== undefined) throw new StockdbError('SCHEMA_MISMATCH', problem)
  }

  /** What keeps the dataset from being read, if anything. */
  async problem(dataset: Dataset, { exactCodes = false }: TableNeeds = {}): Promise<string | undefined> {
    const trusted = this.#good.get(dataset.name)
    if (!trusted) return (await this.#lookOnce(dataset)) ?? this.#good.get(dataset.name)?.formats?.problem()
    if (performance.now() > trusted.lookAgainAt) this.#lookAgain(dataset, trusted)
    const problem = await trusted.formats?.problem()
    await trusted.codes?.refresh(exactCodes)
    // The search may have found that the table is another one now.
    return this.#good.get(dataset.name) === trusted ? problem : this.#lookOnce(dataset)
  }

  /**
   * Whether the database itself keeps rows of the dataset from repeating a key; false where the key is only declared. Known
   * once {@link check} has passed.
   */
  enforcesKey(dataset: Dataset): boolean | undefined {
    return this.#good.get(dataset.name)?.enforcesKey
  }

  /** Stands for all that is known of the table: another object when that changed, `undefined` before the table was looked at. */
  lookAt(dataset: Dataset): object | undefined {
    return this.#good.get(dataset.name)
  }

  /**
   * The fields that are kept as FLOAT, so that what they are compared with is to be rounded to one. Known once {@link check}
   * has passed.
   */
  singlesOf(dataset: Dataset): ReadonlySet<string> | undefined {
    return this.#good.get(dataset.name)?.singles
  }

  /** Whether its table is known to hold codes that the collation of their column takes for equal, as `a` and `A`. */
  mixesCodes(dataset: Dataset): boolean {
    return this.#good.get(dataset.name)?.codes?.found ?? false
  }

  /** How far the search for dates in another form than declared has come; `undefined` where it has ended, or none is needed. */
  formatProgress(dataset: Dataset): FormatProgress | undefined {
    return this.#good.get(dataset.name)?.formats?.progress()
  }

  /**
   * Whether no date of the dataset's table can be in another form than declared, so that filters would pass over it, and its
   * codes were searched for those that its collation takes for equal.
   */
  vouchesForFormats(dataset: Dataset): boolean {
    const known = this.#good.get(dataset.name)
    return (known?.formats?.vouches() ?? true) && (known?.codes?.isChecked ?? true)
  }

  #lookOnce(dataset: Dataset): Promise<string | undefined> {
    let check = this.#checks.get(dataset.name)
    if (!check || check.until < performance.now()) {
      check = { until: performance.now() + RECHECK_MS, problem: this.#look(dataset) }
      this.#checks.set(dataset.name, check)
      // A failed look says nothing about the table, nor does a good one of what comes later: the next call looks again.
      check.problem.then(
        (problem) => problem === undefined && this.#checks.delete(dataset.name),
        () => this.#checks.delete(dataset.name),
      )
    }
    return check.problem
  }

  #lookAgain(dataset: Dataset, trusted: Trusted): void {
    trusted.lookAgainAt = performance.now() + TRUST_MS
    detached(() => this.#look(dataset)).then(
      (problem) => problem !== undefined && this.#good.delete(dataset.name),
      // A database that is away says nothing about the table.
      () => {},
    )
  }

  async #look(dataset: Dataset): Promise<string | undefined> {
    const name = tableName(dataset)
    this.#byTable.set(name, (this.#byTable.get(name) ?? new Set()).add(dataset.name))
    const table = await this.#engine.describe(name, deadline(DESCRIBE_TIMEOUT_MS))
    if (!table) return `the database has no table ${name}; ${remedyOf(dataset, '"stockdb migrate" creates it')}`
    const differences = compareTable(this.#engine.dialect, dataset, table)
    const breaking = differences.filter(({ breaks }) => breaks)
    if (breaking.length > 0) {
      const points = breaking.map(describeDifference).join('; ')
      return `the table ${name} cannot be served as declared: ${points}; ${remedyOf(dataset, '"stockdb migrate" says what it would change')}`
    }
    const signature = JSON.stringify(table)
    const before = this.#good.get(dataset.name)
    if (before?.signature === signature) return undefined
    if (before) this.#engine.changes.generation++
    const formats = FormatCheck.of(this.#engine, dataset, table)
    await formats?.begin()
    const codes = EqualCodes.of(this.#engine, dataset, table)
    await codes?.refresh(false)
    this.#good.set(dataset.name, {
      enforcesKey: enforcesKey(this.#engine.dialect, dataset, table),
      singles: singleFields(this.#engine.dialect, dataset, table),
      signature,
      formats,
      codes,
      lookAgainAt: performance.now() + TRUST_MS,
    })
    if (differences.length > 0) {
      this.#log.warn(
        { dataset: dataset.name, differences: differences.map(describeDifference) },
        'table differs from its declaration',
      )
    }
    return undefined
  }
}

/** What to do about a table: ours are made by stockdb, others are only described. */
function remedyOf({ managed }: Dataset, ours: string): string {
  return managed === false ? 'declare it as it is: "stockdb introspect" writes how' : ours
}
