import type { Dataset } from '@stockdb/contract'
import type { StoredValue } from '@stockdb/contract/internal'
import type { StockdbError } from '@stockdb/contract/wire'
import { refusedComputed, refusedRow, refusedRows } from '../refused-write.ts'

/** Out of range, too long, not in the character set, truncated, or invalid for the type. */
const VALUES = new Set([1264, 1265, 1292, 1366, 1406])
/**
 * Null, no default value, a foreign key, a unique index, a check, or a text that cannot be converted to the character set. The message
 * names no column.
 */
const NAMELESS = new Set([1048, 1062, 1364, 1452, 3819, 3988, 4025])
/** A generated column, of MySQL and of MariaDB. */
const COMPUTED = new Set([3105, 1906])
/** MariaDB may qualify the column: ``for column `stocks`.`daily`.`close` at row 2``. */
const PLACE = /for column (?:`.*`\.)?[`'](.+?)[`'] at row (\d+)$/

/** Names the value that a table refused, if the insert failed for this reason. */
export function refusedValue(
  dataset: Dataset,
  fields: readonly string[],
  rows: readonly (readonly StoredValue[])[],
  error: unknown,
): StockdbError | undefined {
  const { errno = 0, sqlMessage = '' } = ((error as Error).cause ?? {}) as { errno?: number; sqlMessage?: string }
  if (COMPUTED.has(errno)) return refusedComputed(dataset, sqlMessage, error)
  if (NAMELESS.has(errno)) return refusedRows(dataset, error)
  if (!VALUES.has(errno)) return undefined
  const [, column, at] = PLACE.exec(sqlMessage) ?? []
  const row = rows[Number(at) - 1]
  return row ? refusedRow(dataset, fields, row, column, error) : refusedRows(dataset, error)
}
