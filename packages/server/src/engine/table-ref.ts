import type { Dataset } from '@stockdb/contract'
import { tableName } from '@stockdb/contract/internal'
import { type RawBuilder, sql } from 'kysely'

/** A table in another database of the same server than the one that is served. */
interface TableElsewhere {
  readonly schema: string
  readonly table: string
}

/** A table: its name, or where else it is. */
export type TableRef = string | TableElsewhere

/** A dataset whose table may be in another database of the server; `table` then begins with its name and a dot. */
interface PlacedDataset extends Dataset {
  readonly schema?: string
}

/** The dataset with its table in another database of the same server. Its table is then named as in messages: `factors.my_alpha`. */
export const placedIn = <D extends Dataset>(dataset: D, { schema, table }: TableElsewhere): D & PlacedDataset => ({
  ...dataset,
  schema,
  table: `${schema}.${table}`,
})

/** Where the table of a dataset is. */
export function tableRef(dataset: Dataset): TableRef {
  const { schema } = dataset as PlacedDataset
  return schema === undefined ? tableName(dataset) : { schema, table: bareTable(dataset) }
}

/** The name of a dataset's table within its database. */
export function bareTable(dataset: Dataset): string {
  const { schema } = dataset as PlacedDataset
  return schema === undefined ? tableName(dataset) : tableName(dataset).slice(schema.length + 1)
}

/** The table of a dataset in a statement. */
export const tableId = (dataset: Dataset): RawBuilder<unknown> => idOf(tableRef(dataset))

/** A table in a statement. */
export const idOf = (ref: TableRef): RawBuilder<unknown> =>
  typeof ref === 'string' ? sql.id(ref) : sql.id(ref.schema, ref.table)

/** A table in messages, and among the names of tables. */
export const textOf = (ref: TableRef): string => (typeof ref === 'string' ? ref : `${ref.schema}.${ref.table}`)
