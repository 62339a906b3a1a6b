import type { Dataset, Field, FieldTypeName, StoredForm } from '@stockdb/contract'
import { columnName, fieldTypes, TEXT_LENGTH } from '@stockdb/contract/internal'
import { hasNullableKey, isKeyIndex } from './row-key.ts'
import type { ColumnShape, TableShape } from './table-shape.ts'

/** One point in which a table differs from its declaration. */
export interface Difference {
  /** The field; absent when the whole table is meant. */
  readonly field?: string
  readonly found: string
  readonly declared: string
  /** True when answers would be wrong or impossible; false when they are right but slower or less strict. */
  readonly breaks: boolean
}

type EngineKind = 'mysql' | 'sqlite'

/** What MySQL calls the type in which a value of a stored form is kept. */
const mysqlForms: Record<StoredForm, string> = {
  YYYYMMDD: 'varchar(8)',
  'YYYY-MM-DD': 'varchar(10)',
  'YYYY-MM-DD HH:MM:SS': 'varchar(23)',
  'YYYY-MM-DD HH:MM:SS.ffffff': 'varchar(26)',
  DECIMAL: 'decimal(38,10)',
}

/** Types that hold what a field type needs although they are not the declared ones. */
const readable: Record<EngineKind, Record<FieldTypeName, RegExp>> = {
  mysql: {
    float64: /^(double|float|decimal|(tiny|small|medium|big)?int)\b/,
    int32: /^((tiny|small|medium)?int|year)\b/,
    int64: /^((tiny|small|medium|big)?int|year)\b/,
    bool: /^(tinyint|bit\(1\))/,
    date: /^date$/,
    datetime: /^(datetime|timestamp)\b/,
    symbol: /^((var)?char|(tiny|medium|long)?text|enum)\b/,
    text: /^((var)?char|(tiny|medium|long)?text|enum|set|time)\b/,
  },
  sqlite: {
    float64: /^(any|real|double|float|numeric|decimal.*|)$/i,
    int32: /^(int|integer)$/i,
    int64: /^(int|integer|bigint)$/i,
    bool: /^(int|integer|boolean)$/i,
    date: /^(text|date)$/i,
    datetime: /^(text|datetime)$/i,
    symbol: /^(text|(var)?char.*)$/i,
    text: /^(text|(var)?char.*)$/i,
  },
}

/** Types in which a date that is not one of the database may be kept. */
const readableText = /^((var)?char|(tiny|medium|long)?text|(tiny|small|medium|big)?int|integer)\b/i
const readableDecimal = /^(decimal|numeric)\b/i

export function declaredType(kind: EngineKind, field: Field): string {
  if (field.stored !== undefined) return kind === 'sqlite' ? 'TEXT' : mysqlForms[field.stored]
  const type = fieldTypes[field.type]
  return kind === 'sqlite' ? type.sqlite : type.mysql(field.length ?? TEXT_LENGTH)
}

/** Whether a column of such a type holds what the field needs, though it may not be the declared one. */
function isReadable(kind: EngineKind, { type, stored }: Field, found: string): boolean {
  if (stored === 'DECIMAL') return readableDecimal.test(found)
  return (stored === undefined ? readable[kind][type] : readableText).test(found)
}

/**
 * Compares a table with its declaration, field by field. Columns that are not declared are left alone. Of a table that
 * is not ours only what makes it unreadable or slow is told.
 */
export function compareTable(kind: EngineKind, dataset: Dataset, table: TableShape): Difference[] {
  const columns = new Map(table.columns.map((column) => [column.name, column]))
  const differences: Difference[] = []
  for (const [name, field] of Object.entries(dataset.fields)) {
    const column = columns.get(columnName(dataset, name))
    if (!column) differences.push({ field: name, found: 'no such column', declared: write(kind, field), breaks: true })
    else if (!dataset.foreign) differences.push(...compareColumn(kind, name, field, column))
    // SQLite keeps any value in any column, whatever type was written there: values are checked as they are read.
    else if (kind === 'mysql')
      differences.push(...compareColumn(kind, name, field, column).filter(({ breaks }) => breaks))
  }
  if (!hasKey(dataset, table)) {
    differences.push({
      found: table.key.length > 0 ? `primary key (${table.key.join(', ')})` : 'no primary key',
      declared: `${hasNullableKey(dataset) ? 'unique' : 'primary'} key (${dataset.key.join(', ')})`,
      breaks: false,
    })
  }
  const dateColumn = dataset.date === undefined ? undefined : columnName(dataset, dataset.date)
  if (dateColumn !== undefined && !table.indexes.some(([first]) => first === dateColumn)) {
    differences.push({ field: dataset.date as string, found: 'no index', declared: 'an index', breaks: false })
  }
  return differences
}

/** Whether the table's rows are told apart as declared. */
export function hasKey(dataset: Dataset, table: TableShape): boolean {
  if (hasNullableKey(dataset)) return table.indexes.some((index) => isKeyIndex(dataset, index))
  return table.key.join() === dataset.key.map((name) => columnName(dataset, name)).join()
}

/**
 * Whether the database keeps two rows of the dataset's key from standing side by side: by a unique index on the key or a
 * part of it whose fields are never null, as databases take two nulls for different.
 */
export function enforcesKey(dataset: Dataset, table: TableShape): boolean {
  // Of fields that are always read a null is an error; others the database itself must keep from being null.
  const nullable = new Set(table.columns.filter((column) => column.nullable).map(({ name }) => name))
  const never = (name: string): boolean =>
    name === dataset.symbol || name === dataset.date || !nullable.has(columnName(dataset, name))
  const fixed = Object.keys(dataset.only ?? {})
  const required = [...dataset.key.filter((name) => dataset.fields[name]?.nullable === false && never(name)), ...fixed]
  const columns = new Set<string | null>(required.map((name) => columnName(dataset, name)))
  return table.unique.some(
    (index) =>
      (index.length > 0 && index.every((column) => columns.has(column))) ||
      (hasNullableKey(dataset) && isKeyIndex(dataset, index)),
  )
}

function compareColumn(kind: EngineKind, name: string, field: Field, column: ColumnShape): Difference[] {
  const declared = declaredType(kind, field)
  // MySQL tells a text's character set by its collation alone.
  const [bare = '', collation] = declared.split(/ character set \w+ collate /)
  const found = column.nullable ? column.type : `${column.type} not null`
  const differences: Difference[] = []
  if (
    column.type.toLowerCase().replace(/\(\d+\)$/, integerWidth) !== bare.toLowerCase().replace(/\(\d+\)$/, integerWidth)
  ) {
    differences.push({
      field: name,
      found,
      declared: write(kind, field),
      breaks: !isReadable(kind, field, column.type),
    })
  } else if (column.nullable !== field.nullable) {
    differences.push({
      field: name,
      found: column.nullable ? 'nullable' : 'not null',
      declared: field.nullable ? 'nullable' : 'not null',
      breaks: false,
    })
  }
  if (collation && column.collation !== undefined && column.collation !== collation) {
    differences.push({
      field: name,
      found: `collation ${column.collation}`,
      declared: `collation ${collation}`,
      breaks: false,
    })
  }
  return differences

  /** `int(11)` is what MariaDB calls `int`; the lengths of texts and the precision of datetimes do count. */
  function integerWidth(suffix: string): string {
    return /^(tiny|small|medium|big)?int/.test(bare) ? '' : suffix
  }
}

function write(kind: EngineKind, field: Field): string {
  return `${declaredType(kind, field)}${field.nullable ? '' : ' not null'}`
}

/** One line for people: `trade_date: found varchar(8), declared date not null`. */
export function describeDifference({ field, found, declared }: Difference): string {
  return `${field ? `${field}: ` : ''}found ${found}, declared ${declared}`
}

/** The fields whose numbers are kept in four bytes, unless they are to be exact. SQLite has numbers of eight bytes only. */
export function singleFields(kind: EngineKind, dataset: Dataset, table: TableShape): ReadonlySet<string> {
  const types = new Map(table.columns.map(({ name, type }) => [name, type]))
  const isSingle = ([name, { type, exact }]: [string, Field]): boolean =>
    type === 'float64' && !exact && /^float\b/.test(types.get(columnName(dataset, name)) ?? '')
  return new Set(
    kind === 'sqlite'
      ? []
      : Object.entries(dataset.fields)
          .filter(isSingle)
          .map(([name]) => name),
  )
}
