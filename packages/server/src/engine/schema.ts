import type { Dataset, Field } from '@stockdb/contract'
import { columnName, exchangeOf, splitSymbolOf } from '@stockdb/contract/internal'
import type { ColumnTypes } from './column-types.ts'
import type { Ddl } from './ddl.ts'
import type { Dialect } from './dialect.ts'
import { hasNullableKey } from './row-key.ts'
import type { ColumnShape, Difference, TableShape } from './table-shape.ts'

/**
 * Compares a table with its declaration, field by field. Undeclared columns are ignored. For a table that stockdb does
 * not manage, only differences that make it unreadable or slow are reported.
 */
export function compareTable({ columnTypes, ddl, scans }: Dialect, dataset: Dataset, table: TableShape): Difference[] {
  const columns = new Map(table.columns.map((column) => [column.name, column]))
  const differences: Difference[] = []
  for (const [name, field] of Object.entries(dataset.fields)) {
    const column = columns.get(columnName(dataset, name))
    if (!column)
      differences.push({ field: name, found: 'no such column', declared: write(columnTypes, field), breaks: true })
    else if (dataset.managed !== false) differences.push(...compareColumn(columnTypes, name, field, column))
    else if (columnTypes.binding)
      differences.push(...compareColumn(columnTypes, name, field, column).filter(({ breaks }) => breaks))
  }
  const exchange = splitSymbolOf(dataset)
  const found = exchange && columns.get(exchange.column)
  if (exchange && (!found || !columnTypes.isReadable({ type: 'text', nullable: true, description: '' }, found.type)))
    differences.push({
      ...{
        field: `${dataset.symbol}, whose exchange is in ${exchange.column}`,
        found: found?.type ?? 'no such column',
      },
      ...{ declared: 'a text', breaks: true },
    })
  if (!hasKey(ddl, dataset, table)) {
    differences.push({
      found: table.key.length > 0 ? `primary key (${table.key.join(', ')})` : 'no primary key',
      declared: `${hasNullableKey(dataset) ? 'unique' : 'primary'} key (${dataset.key.join(', ')})`,
      breaks: false,
    })
  }
  const dateColumn = dataset.date === undefined ? undefined : columnName(dataset, dataset.date)
  if (!scans && dateColumn !== undefined && !table.indexes.some(([first]) => first === dateColumn)) {
    differences.push({ field: dataset.date as string, found: 'no index', declared: 'an index', breaks: false })
  }
  return differences
}

/** Whether the table's key is as declared. */
export function hasKey(ddl: Ddl, dataset: Dataset, table: TableShape): boolean {
  if (hasNullableKey(dataset)) return table.indexes.some((index) => isKeyIndex(ddl, dataset, index))
  return table.key.join() === dataset.key.map((name) => columnName(dataset, name)).join()
}

/** Whether a row that is written meets the row of the same key: by the table's key, or a unique index of the same columns. */
export function meetsByKey(ddl: Ddl, dataset: Dataset, table: TableShape): boolean {
  const key = ddl.keyColumns(dataset)
  const same = (index: readonly (string | null)[]): boolean =>
    index.length === key.length && key.every((column) => index.includes(column))
  return hasKey(ddl, dataset, table) || table.unique.some(same)
}

/**
 * Whether the database enforces the dataset's key: by a unique index on the key or a part of it without nullable
 * fields, as databases treat nulls as different.
 */
export function enforcesKey({ ddl }: Dialect, dataset: Dataset, table: TableShape): boolean {
  // In fields that are always read a null is an error; for others the database itself must enforce NOT NULL.
  const nullable = new Set(table.columns.filter((column) => column.nullable).map(({ name }) => name))
  const never = (name: string): boolean =>
    name === dataset.symbol || name === dataset.date || !nullable.has(columnName(dataset, name))
  const fixed = Object.keys(dataset.only ?? {})
  const required = [...dataset.key.filter((name) => dataset.fields[name]?.nullable === false && never(name)), ...fixed]
  const columns = new Set<string | null>(
    required.flatMap((name) => [columnName(dataset, name), exchangeOf(dataset.fields[name])?.column ?? []].flat()),
  )
  return table.unique.some(
    (index) =>
      (index.length > 0 && index.every((column) => columns.has(column))) ||
      (hasNullableKey(dataset) && isKeyIndex(ddl, dataset, index)),
  )
}

/** Whether an index is that of the dataset's key, by its columns; an expression has no name. */
function isKeyIndex(ddl: Ddl, dataset: Dataset, index: readonly (string | null)[]): boolean {
  const columns = ddl.keyColumns(dataset)
  return index.length === columns.length && index.every((name, at) => name === null || name === columns[at])
}

function compareColumn(types: ColumnTypes, name: string, field: Field, column: ColumnShape): Difference[] {
  const found = column.nullable ? column.type : `${column.type} not null`
  const differences: Difference[] = []
  if (!types.isDeclared(field, column.type)) {
    const breaks = !types.isReadable(field, column.type)
    differences.push({ field: name, found, declared: write(types, field), breaks })
  } else if (column.nullable !== field.nullable) {
    const [nullable, declared] = [column.nullable, field.nullable].map((may) => (may ? 'nullable' : 'not null'))
    differences.push({ field: name, found: nullable as string, declared: declared as string, breaks: false })
  }
  const collation = types.collation(field)
  if (collation !== undefined && column.collation !== undefined && column.collation !== collation) {
    const [was, declared] = [column.collation, collation].map((one) => `collation ${one}`)
    differences.push({ field: name, found: was as string, declared: declared as string, breaks: false })
  }
  return differences
}

function write(types: ColumnTypes, field: Field): string {
  return `${types.declared(field)}${field.nullable ? '' : ' not null'}`
}

/** One line of text: `trade_date: found varchar(8), declared date not null`. */
export function describeDifference({ field, found, declared }: Difference): string {
  return `${field ? `${field}: ` : ''}found ${found}, declared ${declared}`
}

/** The FLOAT fields, except exact ones. */
export function singleFields({ columnTypes }: Dialect, dataset: Dataset, table: TableShape): ReadonlySet<string> {
  return fieldsOf(
    dataset,
    table,
    (found, { type, exact }) => type === 'float64' && !exact && columnTypes.isSingle(found),
  )
}

/** The fields whose columns compare with other values than those that are read, such as DECIMALs, to which doubles are rounded. */
export function roundedFields({ columnTypes }: Dialect, dataset: Dataset, table: TableShape): ReadonlySet<string> {
  return fieldsOf(dataset, table, (found, { type }) => columnTypes.roundsBeside(found, type))
}

function fieldsOf(
  dataset: Dataset,
  table: TableShape,
  chosen: (found: string, field: Field) => boolean,
): ReadonlySet<string> {
  const types = new Map(table.columns.map(({ name, type }) => [name, type]))
  const fields = Object.entries(dataset.fields).filter(([name, field]) =>
    chosen(types.get(columnName(dataset, name)) ?? '', field),
  )
  return new Set(fields.map(([name]) => name))
}
