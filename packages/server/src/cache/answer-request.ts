import type { Dataset } from '@stockdb/contract'
import { CHINA_MS, MS_PER_DAY, tableName } from '@stockdb/contract/internal'
import type { TableGuard } from '../engine/table-guard.ts'
import type { DatasetUse } from '../plan/dataset-use.ts'
import type { QueryCache } from '../plan/prepared-query.ts'
import type { QueryPlan } from '../plan/query-plan.ts'
import type { PlannedCall } from './blocks/block-sources.ts'
import { needsOf } from './needs-of.ts'
import type { Need } from './touched.ts'

/** A request, as far as it decides its answer. */
export interface AnswerRequest {
  readonly key: string
  /** What is known of its tables; another table has another answer. */
  readonly tables: readonly unknown[]
  /** The same as text, with their declarations, for other processes. */
  readonly shapes: string
  /** Estimates. */
  readonly rows: number
  readonly columns: number
  /** The tables that the server keeps in memory for a while, and the answer depends on. */
  readonly counted: readonly string[]
  /** Everything that it depends on. */
  readonly needs: readonly Need[]
  /** How it is answered; blocks cannot help where that is not given. */
  readonly call?: PlannedCall
}

/**
 * What a planned call asks. Calls of the same text ask the same if they use the same datasets: a right that a caller lacks
 * shows in what the plan uses, and a fact about a table in the table. What is over is counted by the day.
 */
export function answerRequestOf(
  plan: QueryPlan,
  uses: readonly DatasetUse[],
  datasets: readonly Dataset[],
  queries: QueryCache,
  tables: Tables,
): AnswerRequest {
  return new PlannedRequest(plan, uses, datasets, queries, tables)
}

type Tables = Pick<TableGuard, 'lookAt' | 'shapeOf' | 'knownOf' | 'vouchesForFormats'>

/** A class: see decision 0116 on accessors of object literals. */
class PlannedRequest implements AnswerRequest {
  readonly key: string
  readonly tables: readonly unknown[]
  readonly rows: number
  readonly columns: number
  readonly call: PlannedCall
  readonly #uses: readonly DatasetUse[]
  readonly #datasets: readonly Dataset[]
  readonly #tables: Tables

  constructor(
    plan: QueryPlan,
    uses: readonly DatasetUse[],
    datasets: readonly Dataset[],
    queries: QueryCache,
    tables: Tables,
  ) {
    const { rows, steps, meta, fields, guessedRows } = plan
    const used = uses.map((use) => `${use.for} ${use.dataset}`).join()
    const today = Math.floor((Date.now() + CHINA_MS) / MS_PER_DAY)
    const vouched = datasets.every((dataset) => tables.vouchesForFormats(dataset))
    // Two procedures of the same arguments and read differ in their steps.
    this.key = `${meta.dataset} ${rows.read} ${steps.map(({ step }) => step).join()} ${JSON.stringify(meta.arguments)} ${used} ${today} ${vouched}`
    this.tables = datasets.map((dataset) => tables.lookAt(dataset))
    this.rows = guessedRows
    this.columns = fields.length
    this.call = { plan, queries }
    this.#uses = uses
    this.#datasets = datasets
    this.#tables = tables
  }

  get counted(): readonly string[] {
    const { catalogue } = this.call.queries
    return this.#uses.filter((use) => use.for === 'memory').map(({ dataset }) => tableOf(catalogue[dataset]))
  }

  get shapes(): string {
    return JSON.stringify(this.#datasets.map((dataset) => [dataset, this.#tables.knownOf(dataset)]))
  }

  /** Only answers that are kept need them. */
  get needs(): readonly Need[] {
    return needsOf(this.call.plan, this.#uses, this.call.queries.catalogue, this.#tables)
  }
}

const tableOf = (dataset: Dataset | undefined): string => (dataset ? tableName(dataset) : '')
