import type { Catalogue, Dataset } from '@stockdb/contract'
import { tableName } from '@stockdb/contract/internal'
import type { TableGuard } from '../engine/table-guard.ts'
import type { QueryPlan } from '../plan/query-plan.ts'
import type { DatasetUse } from '../plan/uses.ts'
import type { AnswerRequest } from './answer-cache.ts'
import { needsOf } from './needs-of.ts'

const DAY_MS = 24 * 3_600_000
/** China has no daylight saving time. */
const CHINA_AHEAD_MS = 8 * 3_600_000

/**
 * What a planned call asks. Calls of the same text ask the same if they use the same datasets: a right that a caller lacks
 * shows in what the plan uses, and a fact about a table in the table. What is over is counted by the day.
 */
export function answerRequestOf(
  plan: QueryPlan,
  uses: readonly DatasetUse[],
  datasets: readonly Dataset[],
  catalogue: Catalogue,
  tables: Pick<TableGuard, 'lookAt' | 'shapeOf' | 'knownOf' | 'vouchesForFormats'>,
): AnswerRequest {
  const { rows, steps, meta, fields, guessedRows } = plan
  const used = uses.map((use) => `${use.for} ${use.dataset}`).join()
  const today = Math.floor((Date.now() + CHINA_AHEAD_MS) / DAY_MS)
  const vouched = datasets.every((dataset) => tables.vouchesForFormats(dataset))
  return {
    // Two procedures of the same arguments and read differ in their steps.
    key: `${meta.dataset} ${rows.read} ${steps.map(({ step }) => step).join()} ${JSON.stringify(meta.arguments)} ${used} ${today} ${vouched}`,
    tables: datasets.map((dataset) => tables.lookAt(dataset)),
    rows: guessedRows,
    columns: fields.length,
    get counted() {
      return uses.filter((use) => use.for === 'memory').map(({ dataset }) => tableOf(catalogue[dataset]))
    },
    get shapes() {
      return JSON.stringify(datasets.map((dataset) => [dataset, tables.knownOf(dataset)]))
    },
    // Only answers that are kept need them.
    get needs() {
      return needsOf(plan, uses, catalogue, tables)
    },
  }
}

const tableOf = (dataset: Dataset | undefined): string => (dataset ? tableName(dataset) : '')
