import type { Catalogue, Dataset } from '@stockdb/contract'
import { tushare } from '@stockdb/contract'
import { datetimeOf, tableName } from '@stockdb/contract/internal'
import { type FactorDefined, StockdbError } from '@stockdb/contract/wire'
import type { Engine, WriteTransaction } from '../../engine/engine.ts'
import { createMissingTables } from '../../engine/migration.ts'
import { factorsTable, isOwnTable } from '../../engine/own-tables.ts'
import { recordChange } from '../../engine/record-change.ts'
import { placedIn, tableRef } from '../../engine/table-ref.ts'
import { conflictsOf } from './compare-factors.ts'
import {
  allRows,
  cannot,
  changeTables,
  dropStatement,
  type FactorChange,
  inFactorTransaction,
  rowsOf,
} from './factor-transaction.ts'
import { datasetOf, definitionOf, type FactorRow, placeOf } from './read-factors.ts'

/** A definition, which the contract has checked. */
export interface DefineOrder extends FactorChange {
  readonly dataset: Dataset
  /** The datasets of the server, whose names and tables are taken. */
  readonly catalogue: Catalogue
  /** Where the table is made. */
  readonly place: FactorPlace
  /** The most factors of one database. */
  readonly maxFactors: number
}

/** Where tables of factors are made. */
export interface FactorPlace {
  /** What their names begin with. */
  readonly prefix: string
  /** The other database of the server that they are in, if it is not the one that is served. */
  readonly schema?: string | undefined
}

/**
 * Defines a factor and makes its table. The same definition again changes nothing, and makes the table where it is missing; one
 * that only describes it in other words is kept instead. Throws `CONFLICT` where a name, a table or a field is taken.
 */
export async function defineFactorIn(engine: Engine, order: DefineOrder): Promise<FactorDefined> {
  const { catalogue, signal } = order
  const dataset = placed(order.dataset, order.place)
  refuseTaken(dataset, catalogue)
  await makeFactorsTable(engine, signal)
  const what = `define ${dataset.name} ${definitionOf(dataset)}`
  return inFactorTransaction(engine, order, what, async (transaction) => {
    // Locks the row: only after this the transaction may look at the others.
    const { inserted } = await transaction.upsert(factorsTable, ['name'], [[dataset.name]])
    const rows = await allRows(engine, transaction)
    const there = inserted === 0 ? rows.find(({ name }) => name === dataset.name) : undefined
    if (there) return again(engine, transaction, dataset, there, order)
    if (rows.length > order.maxFactors)
      throw new StockdbError(
        'CONFLICT',
        `cannot define ${dataset.name}: the database has ${order.maxFactors} factors, the most that --max-factors allows; drop one first`,
      )
    await makeTable(engine, transaction, dataset, rows, signal)
    await keep(engine, transaction, dataset, { table: tableName(dataset), owner: order.by }, order)
    return { created: true, table: tableName(dataset) }
  })
}

/** A definition of a factor that is there. */
async function again(
  engine: Engine,
  transaction: WriteTransaction,
  dataset: Dataset,
  there: FactorRow,
  order: DefineOrder,
): Promise<FactorDefined> {
  const before = datasetOf(there)
  const conflicts = typeof before === 'string' ? [before] : conflictsOf(before, dataset)
  if (conflicts.length > 0)
    throw new StockdbError(
      'CONFLICT',
      `the factor ${dataset.name} is defined differently, by ${there.owner} at ${there.definedAt}: ${conflicts.join('; ')}; choose another name, or drop it first`,
    )
  const { table } = there
  const place = placeOf(table)
  // A drop that was cut off left the definition.
  if (!(await engine.describe(place, order.signal)))
    await create(engine, transaction, typeof place === 'string' ? { ...dataset, table } : placedIn(dataset, place))
  if (definitionOf(dataset) !== there.definition) await keep(engine, transaction, dataset, there, order)
  return { created: false, table }
}

function placed(dataset: Dataset, { prefix, schema }: FactorPlace): Dataset {
  const table = `${prefix}${dataset.name}`
  return schema === undefined ? { ...dataset, table } : placedIn(dataset, { schema, table })
}

function refuseTaken(dataset: Dataset, catalogue: Catalogue): void {
  const taken = (what: string): never => {
    throw new StockdbError('CONFLICT', `name: got "${dataset.name}"; expected another one: ${what}`)
  }
  if (Object.hasOwn(catalogue, dataset.name)) taken('a dataset of the server has it')
  if (Object.hasOwn(tushare, dataset.name)) taken("one of Tushare's tables has it")
  const table = tableName(dataset).toLowerCase()
  const owner = Object.values(catalogue).find((one) => tableName(one).toLowerCase() === table)
  if (owner) taken(`its table would be ${table}, which is that of ${owner.name}`)
  if (isOwnTable(table)) taken(`its table would be ${table}, which stockdb uses itself`)
}

/** `stockdb_factors` is made with the first factor. Several processes may come to that at once. */
async function makeFactorsTable(engine: Engine, signal: AbortSignal): Promise<void> {
  try {
    await createMissingTables(engine, { [factorsTable.name]: factorsTable }, signal)
  } catch (error) {
    if (!(await engine.describe(factorsTable.name, signal)))
      throw cannot(`create the table ${factorsTable.name}`, error)
  }
}

/** Makes the table of a new factor. One that is there already must be what a definition that was cut off left: ours, and empty. */
async function makeTable(
  engine: Engine,
  transaction: WriteTransaction,
  dataset: Dataset,
  rows: readonly FactorRow[],
  signal: AbortSignal,
): Promise<void> {
  const table = tableName(dataset)
  const shape = await engine.describe(tableRef(dataset), signal)
  if (shape) {
    const other = rows.find((row) => row.table === table && row.name !== dataset.name)
    if (other || !shape.made || (await rowsOf(engine, tableRef(dataset), signal)) > 0)
      throw new StockdbError(
        'CONFLICT',
        `name: got "${dataset.name}"; expected another one: the database has a table ${table}${other ? `, that of the factor ${other.name}` : ' already'}`,
      )
    await changeTables(transaction, `drop the empty table ${table}`, [dropStatement(engine, tableRef(dataset))])
  }
  await create(engine, transaction, dataset)
}

async function create({ dialect }: Engine, transaction: WriteTransaction, dataset: Dataset): Promise<void> {
  const statements = dialect.ddl.create(dataset).map((statement) => statement.compile(dialect.kysely).sql)
  await changeTables(transaction, `create the table ${tableName(dataset)}`, statements)
}

/** Keeps a definition, and gives it the number of a write. */
async function keep(
  { dialect }: Engine,
  transaction: WriteTransaction,
  dataset: Dataset,
  { table, owner }: Pick<FactorRow, 'table' | 'owner'>,
  { by }: DefineOrder,
): Promise<void> {
  const at = new Date()
  const span = { start: undefined, end: undefined, symbols: undefined }
  const counts = { inserted: 0, changed: 0, unchanged: 0, deleted: 0 }
  const sequence = await recordChange(dialect, transaction, { dataset, span, ...counts, by, at })
  const values = { name: dataset.name, table_name: table, definition: definitionOf(dataset), owner }
  const row = { ...values, defined_at: datetimeOf(at.getTime()), sequence }
  await transaction.upsert(factorsTable, Object.keys(row), [Object.values(row)])
}
