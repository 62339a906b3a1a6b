import type { Dataset } from '@stockdb/contract'
import { columnName, isWritable, tableName } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import type { Engine, UpsertMatch } from '../engine/engine.ts'
import { type Keeps, keepersOf } from '../engine/kept-values.ts'
import { looseKeyFields } from '../engine/merged-keys.ts'
import { enforcesKey, hasKey } from '../engine/schema.ts'
import type { TableGuard } from '../engine/table-guard.ts'
import { tableRef } from '../engine/table-ref.ts'
import type { TableShape } from '../engine/table-shape.ts'

/** How a dataset's table is written to. */
export interface WritableTable {
  readonly match: UpsertMatch
  /** The fields of the key whose columns treat different texts as equal. */
  readonly loose: readonly string[]
  readonly triggers: readonly string[]
  /** By field, what its column would change silently. */
  readonly keepers: ReadonlyMap<string, Keeps>
}

/** Throws `FORBIDDEN` for a dataset whose table is somebody else's and not declared writable. */
export function requireWritable(dataset: Dataset): void {
  if (isWritable(dataset)) return
  throw new StockdbError(
    'FORBIDDEN',
    `stockdb only reads the table of ${dataset.name}, which it does not manage; "writable: true" in its declaration allows writes`,
  )
}

/**
 * Looks at the table of a dataset that is to be written. Throws `SCHEMA_MISMATCH` if it differs from its declaration, if the
 * database does not enforce its key, or if it does not support transactions, so that a failed write would leave some of its rows.
 */
export async function writableTable(
  engine: Engine,
  tables: TableGuard,
  dataset: Dataset,
  fields: readonly string[],
  signal: AbortSignal,
): Promise<WritableTable> {
  requireWritable(dataset)
  await tables.check(dataset)
  const shape = tables.shapeOf(dataset) ?? (await engine.describe(tableRef(dataset), signal))
  const { dialect } = engine
  if (!shape || !keyIsEnforced(engine, dataset, shape))
    throw new StockdbError(
      'SCHEMA_MISMATCH',
      `the table ${tableName(dataset)} has no primary or unique key (${dataset.key.join(', ')}), so rows that exist would be inserted again; add one`,
    )
  if (!(await engine.keepsTransactions(dataset, signal)))
    throw new StockdbError(
      'SCHEMA_MISMATCH',
      `the table ${tableName(dataset)} does not support transactions, so a failed write would leave some of its rows; expected a storage engine that does, such as InnoDB`,
    )
  return {
    match: dialect.ddl.upsertsByAnyUniqueIndex && hasSecondKey(engine, dataset, fields, shape) ? 'key' : 'unique',
    loose: looseKeyFields(dialect, dataset, shape).filter((name) => fields.includes(name)),
    triggers: shape.triggers ?? [],
    keepers: keepersOf(dialect, dataset, shape),
  }
}

const keyIsEnforced = ({ dialect }: Engine, dataset: Dataset, shape: TableShape): boolean =>
  dataset.managed === false ? enforcesKey(dialect, dataset, shape) : hasKey(dialect.ddl, dataset, shape)

/** Whether a row could replace a row of another key. Indexes that contain the key, or nothing that is written, do no harm. */
function hasSecondKey({ dialect }: Engine, dataset: Dataset, fields: readonly string[], shape: TableShape): boolean {
  const key = dialect.ddl.keyColumns(dataset)
  const written = new Set<string | null>([null, ...fields.map((field) => columnName(dataset, field))])
  return shape.unique.some(
    (index) => !key.every((column) => index.includes(column)) && index.some((column) => written.has(column)),
  )
}
