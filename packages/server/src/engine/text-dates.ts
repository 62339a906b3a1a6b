import type { Dataset, Field } from '@stockdb/contract'
import { columnName, hasEmpty, tableName } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import { sql } from 'kysely'
import type { Slice } from './column-slices.ts'
import type { Dialect } from './dialect.ts'
import type { Engine, ReadColumn, ReadQuery } from './engine.ts'
import { fixedRows } from './fixed-rows.ts'
import { daysOfStored, millisecondsOfStored } from './stored-dates.ts'
import { tableId } from './table-ref.ts'
import type { TableShape } from './table-shape.ts'
import { unfit } from './unfit-values.ts'

/** A column that stores dates as another type, so that it may hold any value. */
export interface TextDate {
  readonly field: string
  readonly column: string
  /** Whether an index begins with it, so that its distinct values are found without a table scan. */
  readonly indexed: boolean
  /** Whether the column is compared numerically. */
  readonly numeric: boolean
  /** Whether it is a DATETIME column whose times should all be midnight. */
  readonly midnight?: boolean | undefined
}

/** The date and datetime columns of text or integer type; all of them if the database has no date types. */
export function textDatesOf(
  { columnTypes }: Dialect,
  dataset: Dataset,
  { columns, indexes, made }: TableShape,
): TextDate[] {
  return Object.entries(dataset.fields).flatMap(([field, declared]) => {
    if (declared.type !== 'date' && declared.type !== 'datetime') return []
    const column = columnName(dataset, field)
    const kept = columnTypes.textDate(declared, columns.find(({ name }) => name === column)?.type ?? '')
    if (!kept) return []
    // Steps through an index would meet rows that are not the dataset's.
    const indexed = dataset.only === undefined && indexes.some(([first]) => first === column)
    // What is written into a table of ours was checked; that it still holds is worth a look into an index, not more. A table
    // of others may be declared without a word of that.
    return indexed || dataset.managed === false || !made ? [{ field, column, indexed, ...kept }] : []
  })
}

/**
 * Searches the distinct values of a column, or of a part of its table, for one that is not in the declared format,
 * which filters would miss. Returns the value and its row, or `undefined`.
 */
export async function findUnfit(
  engine: Engine,
  dataset: Dataset,
  date: TextDate,
  signal: AbortSignal,
  slice?: Slice,
): Promise<string | undefined> {
  const values = engine.read(distinctValues(engine, dataset, date, slice), signal)
  for await (const { batch } of values) {
    const [texts = [], kinds = []] = batch.vectors.map(({ values }) => values as (string | null)[])
    for (let row = 0; row < batch.numRows; row++) {
      const value = texts[row]
      const isNumber = kinds[row] === 'number'
      if (value == null || fits(dataset.fields[date.field] as Field, date, value, isNumber)) continue
      return describe(engine, dataset, date, isNumber ? Number(value) : value, signal)
    }
  }
  return undefined
}

function fits({ type, dateFormat }: Field, { numeric }: TextDate, value: string, isNumber: boolean): boolean {
  // Comparisons do not find a number among texts, or a text among numbers.
  if (isNumber && !numeric) return false
  if (dateFormat !== undefined && hasEmpty(dateFormat) && (value === '' || (isNumber && value === '0'))) return true
  return (type === 'date' ? daysOfStored(value, dateFormat) : millisecondsOfStored(value, dateFormat)) !== undefined
}

const text = (name: string): ReadColumn => ({ name, type: 'text', nullable: true })

function distinctValues(
  { dialect }: Engine,
  dataset: Dataset,
  { column, indexed, numeric, midnight }: TextDate,
  slice: Slice | undefined,
): ReadQuery {
  const own = [...fixedRows(dialect, dataset, 't'), ...(slice?.where ? [slice.where] : [])]
  const where = own.length === 0 ? undefined : sql`${sql.join(own, sql` and `)}`
  const kept = { indexed, numeric, midnight, where }
  const { statement, long } = dialect.distinctValues(tableName(dataset), column, kept)
  const { sql: words, parameters } = statement.compile(dialect.kysely)
  return { sql: words, parameters, columns: [text('value'), text('kind')], tables: [tableName(dataset)], long }
}

/** The error that a reader would throw for a row with the value. */
async function describe(
  engine: Engine,
  dataset: Dataset,
  { field, column }: TextDate,
  value: string | number,
  signal: AbortSignal,
): Promise<string> {
  const source = (name: string) => ({ table: tableName(dataset), column: columnName(dataset, name), key: true })
  const keys = dataset.key.map((name) => ({ ...text(name), source: source(name) }))
  const { type, dateFormat } = dataset.fields[field] as Field
  const kept: ReadColumn = { name: field, type, nullable: true, dateFormat, source: source(field) }
  const conditions = [sql`${sql.id('t', column)} = ${value}`, ...fixedRows(engine.dialect, dataset, 't')]
  const statement = sql`select ${sql.join(keys.map((key) => sql.id('t', key.source.column)))}
    from ${tableId(dataset)} as t where ${sql.join(conditions, sql` and `)} limit 1`.compile(engine.dialect.kysely)
  const read = { sql: statement.sql, parameters: statement.parameters, columns: keys.map(({ name }) => text(name)) }
  const row: unknown[] = []
  try {
    for await (const { batch } of engine.read(read, signal)) {
      if (batch.numRows > 0) row.push(...batch.vectors.map(({ values }) => (values as unknown[])[0]))
    }
  } catch (error) {
    // The row is optional help; the value is always reported.
    if (!(error instanceof StockdbError)) throw error
  }
  const shown = row.map((text, at) => (keys[at]?.name === field ? value : text))
  return unfit(kept, value, row.length > 0 ? keys : [], shown).message
}
