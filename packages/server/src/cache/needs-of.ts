import type { Catalogue, Dataset } from '@stockdb/contract'
import { hasMembers, tableName } from '@stockdb/contract/internal'
import type { TableGuard } from '../engine/table-guard.ts'
import type { TableShape } from '../engine/table-shape.ts'
import type { QueryPlan, Step } from '../plan/query-plan.ts'
import { datasetsOf, type Read } from '../plan/read.ts'
import { type DatasetUse, readsOf } from '../plan/uses.ts'
import type { Need } from './touched.ts'

/** Steps that read no other dates than the reads of their plan say. */
const PLAIN: ReadonlySet<Step['step']> = new Set([
  ...(['inOrder', 'oneRow', 'limit', 'adjust', 'coverage', 'knownSymbols', 'select', 'dense'] as const),
])

/** What an answer depends on: everything that its plan reads, also what the server has in memory. Too much rather than too little. */
export function needsOf(
  plan: QueryPlan,
  uses: readonly DatasetUse[],
  catalogue: Catalogue,
  tables: Pick<TableGuard, 'shapeOf'>,
): readonly Need[] {
  const bounded = !plan.choice && plan.steps.every(({ step }) => PLAIN.has(step))
  const reads = readsOf(plan)
  const needs: Need[] = []
  for (const read of reads)
    for (const name of datasetsOf(read)) needs.push(needOf(read, catalogue[name], name, bounded, tables))
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
  dataset: Dataset | undefined,
  name: string,
  bounded: boolean,
  tables: Pick<TableGuard, 'shapeOf'>,
): Need {
  if (!dataset || !isOneTable(dataset, tables.shapeOf(dataset))) return { table: undefined }
  const { key, symbol, date } = dataset
  // A write is known by the symbols and dates that its rows have now, which are those before only if they are of the key.
  const asked = 'dataset' in read && 'symbols' in read ? read.symbols : undefined
  const symbols = symbol !== undefined && key.includes(symbol) && asked && asked.length > 0 ? asked : undefined
  const own = 'dataset' in read && read.dataset === name
  const dates = own && bounded && date !== undefined && key.includes(date) ? datesOf(read) : {}
  return { table: tableName(dataset), symbols, ...dates }
}

function datesOf(read: Read): Pick<Need, 'from' | 'to'> {
  const day = (moment: unknown): string | undefined => (typeof moment === 'string' ? moment.slice(0, 10) : undefined)
  switch (read.read) {
    case 'range':
      return { from: day(read.start), to: day(read.end) }
    case 'at':
      return { from: day(read.date), to: day(read.date) }
    case 'latest':
      return { to: day(read.end) }
    default:
      return {}
  }
}

/** Whether a dataset is a table by itself: no view, which shows rows of others, and no set of tables. */
function isOneTable(dataset: Dataset, shape: TableShape | undefined): boolean {
  if (hasMembers(dataset)) return false
  // It was not looked at, so that nothing of it is in the answer yet.
  if (!shape) return dataset.managed !== false
  return shape.made || shape.rowNumbers === true || (shape.rowNumbers === undefined && shape.comment !== 'VIEW')
}
