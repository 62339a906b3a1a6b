import type { Dataset } from '@stockdb/contract'
import { columnName, tableName } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import type { Ddl } from '../engine/ddl.ts'
import type { TableShape } from '../engine/table-shape.ts'

/**
 * Throws if a row of a file could replace a row with another key: some databases match rows by any unique index of the
 * table, not only by the dataset's key. Indexes that contain the key, or none of the file's columns, do no harm.
 */
export function refuseSecondKeys(
  ddl: Ddl,
  dataset: Dataset,
  fields: readonly string[],
  table: TableShape | undefined,
): void {
  const key = ddl.keyColumns(dataset)
  const written = new Set<string | null>([null, ...fields.map((field) => columnName(dataset, field))])
  const second = table?.unique.find(
    (index) => !key.every((column) => index.includes(column)) && index.some((column) => written.has(column)),
  )
  if (!second) return
  throw new StockdbError(
    'SCHEMA_MISMATCH',
    `the table ${tableName(dataset)} has a unique index on (${second.join(', ')}) besides its key (${key.join(', ')}), so a row could replace a row with another key; drop that index, or import into another table`,
  )
}
