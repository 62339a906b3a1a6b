import type { Dataset } from '@stockdb/contract'
import { StockdbError, tableName } from '@stockdb/contract'
import type { Log } from '../telemetry/log.ts'
import { deadline } from './deadline.ts'
import type { Engine } from './engine.ts'
import { compareTable, describeDifference, enforcesKey, singleFields } from './schema.ts'

const DESCRIBE_TIMEOUT_MS = 10_000
/** How long a finding of something wrong is believed before the table is looked at again. */
const RECHECK_MS = 1_000

/**
 * Looks at a dataset's table before it is first read: a table that differs from its declaration so that answers would
 * be wrong (a date kept as text, say) is refused, and one that can be read but differs is noted in the log.
 */
export class TableGuard {
  readonly #engine: Engine
  readonly #log: Log
  /** Tables that can be read, with whether the database enforces their keys, and the fields that it keeps as FLOAT. */
  readonly #good = new Map<string, { readonly enforcesKey: boolean; readonly singles: ReadonlySet<string> }>()
  readonly #checks = new Map<string, { until: number; problem: Promise<string | undefined> }>()

  constructor(engine: Engine, log: Log) {
    this.#engine = engine
    this.#log = log
  }

  /** Throws `SCHEMA_MISMATCH`, saying field by field what is wrong. */
  async check(dataset: Dataset): Promise<void> {
    if (this.#good.has(dataset.name)) return
    const problem = await this.problem(dataset)
    if (problem !== undefined) throw new StockdbError('SCHEMA_MISMATCH', problem)
  }

  /** What keeps the dataset from being read, if anything. */
  async problem(dataset: Dataset): Promise<string | undefined> {
    if (this.#good.has(dataset.name)) return undefined
    let check = this.#checks.get(dataset.name)
    if (!check || check.until < performance.now()) {
      check = { until: performance.now() + RECHECK_MS, problem: this.#look(dataset) }
      this.#checks.set(dataset.name, check)
      // A failed look says nothing about the table: the next call looks again.
      check.problem.catch(() => this.#checks.delete(dataset.name))
    }
    return check.problem
  }

  /**
   * Whether the database itself keeps rows of the dataset from repeating a key. Known once {@link check} has passed; until
   * then, and where the key is only declared, false.
   */
  enforcesKey(dataset: Dataset): boolean {
    return this.#good.get(dataset.name)?.enforcesKey ?? false
  }

  /**
   * The fields that are kept as FLOAT, so that what they are compared with is to be rounded to one. Known once {@link check}
   * has passed.
   */
  singlesOf(dataset: Dataset): ReadonlySet<string> | undefined {
    return this.#good.get(dataset.name)?.singles
  }

  async #look(dataset: Dataset): Promise<string | undefined> {
    const table = await this.#engine.describe(tableName(dataset), deadline(DESCRIBE_TIMEOUT_MS))
    if (!table && dataset.foreign) return `the database has no table ${tableName(dataset)}, which the catalogue names`
    if (!table) return `the database has no table ${tableName(dataset)}; "stockdb migrate" creates it`
    const differences = compareTable(this.#engine.kind, dataset, table)
    const breaking = differences.filter(({ breaks }) => breaks)
    if (breaking.length > 0) {
      const points = breaking.map(describeDifference).join('; ')
      const remedy = dataset.foreign ? 'declare it as it is' : '"stockdb migrate" says what it would change'
      return `the table ${tableName(dataset)} can not be served as declared: ${points}; ${remedy}`
    }
    this.#good.set(dataset.name, {
      enforcesKey: enforcesKey(dataset, table),
      singles: singleFields(this.#engine.kind, dataset, table),
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
