import type { Catalogue, Dataset } from '@stockdb/contract'
import { hasMembers, tableName } from '@stockdb/contract/internal'
import type { TableGuard } from '../engine/table-guard.ts'
import type { TableShape } from '../engine/table-shape.ts'
import type { DatasetUse } from '../plan/dataset-use.ts'
import type { QueryPlan } from '../plan/query-plan.ts'
import { datasetsOf, kindOf, type Read } from '../plan/read.ts'
import { stepKindOf } from '../plan/step.ts'
import { readsOf } from '../plan/uses.ts'
import type { Need } from './touched.ts'

/** `YYYY-MM-DD`, without a time. */
const DAY_LENGTH = 10

/** What an answer depends on: everything that its plan reads, also what the server has in memory. Too much rather than too little. */
export function needsOf(
  plan: QueryPlan,
  uses: readonly DatasetUse[],
  catalogue: Catalogue,
  tables: Pick<TableGuard, 'shapeOf'>,
): readonly Need[] {
  const bounded = !plan.choice && !plan.steps.some((step) => stepKindOf(step).anyDates)
  const reads = readsOf(plan)
  const needs: Need[] = []
  for (const read of reads)
    for (const name of datasetsOf(read)) needs.push(needOf(read, name, bounded, catalogue, tables))
  const named = new Set(reads.flatMap(datasetsOf))
  for (const { dataset } of uses) {
    const found = catalogue[dataset]
    if (named.has(dataset)) continue
    needs.push({ table: found && isOneTable(found, tables.shapeOf(found)) ? tableName(found) : undefined })
  }
  return needs
}

function needOf(
  read: Read,
  name: string,
  bounded: boolean,
  catalogue: Catalogue,
  tables: Pick<TableGuard, 'shapeOf'>,
): Need {
  const dataset = catalogue[name]
  if (!dataset || !isOneTable(dataset, tables.shapeOf(dataset))) return { table: undefined }
  const { key, symbol, date } = dataset
  // A write is known by the symbols and dates that its rows have now, which are those before only if they are of the key.
  const asked = 'dataset' in read && 'symbols' in read ? read.symbols : undefined
  const symbols = symbol !== undefined && key.includes(symbol) && asked && asked.length > 0 ? asked : undefined
  const own = 'dataset' in read && read.dataset === name
  const dates = own && bounded && date !== undefined && key.includes(date) ? daysOf(read, dataset, catalogue) : {}
  return { table: tableName(dataset), symbols, ...dates }
}

/** The days of the rows that a read needs, as far as they are known before its lookups. */
function daysOf(read: Read, dataset: Dataset, catalogue: Catalogue): Pick<Need, 'from' | 'to'> {
  const { start, end } = kindOf(read).within(read, new Map(), dataset, catalogue) ?? {}
  return { from: start?.slice(0, DAY_LENGTH), to: end?.slice(0, DAY_LENGTH) }
}

/** Whether a dataset is a table by itself: no view, which shows rows of others, and no set of tables. */
export function isOneTable(dataset: Dataset, shape: TableShape | undefined): boolean {
  if (hasMembers(dataset)) return false
  // It was not looked at, so that nothing of it is in the answer yet.
  if (!shape) return dataset.managed !== false
  return shape.made || shape.rowNumbers === true || (shape.rowNumbers === undefined && shape.comment !== 'VIEW')
}
