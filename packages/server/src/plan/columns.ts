import type { Dataset, Field } from '@stockdb/contract'
import { isUnordered } from '@stockdb/contract/internal'
import type { FrameField } from '@stockdb/contract/wire'
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../engine/dialect.ts'
import { inOrder } from '../engine/unordered-dates.ts'
import { Placeholder } from './prepared-query.ts'
import { rowColumn } from './split-symbols.ts'

/** The field that plays a role; throws a `TypeError` if there is none. */
export function fieldOf(dataset: Dataset, which: 'symbol' | 'date'): string {
  const found = dataset[which]
  if (found === undefined) throw new TypeError(`dataset ${dataset.name} has no ${which}`)
  return found
}

/** A field's declaration; throws a `TypeError` if there is none. */
export function declared(dataset: Dataset, name: string): Field {
  const field = dataset.fields[name]
  if (!field) throw new TypeError(`dataset ${dataset.name} has no field ${name}`)
  return field
}

/**
 * A field as its column is compared: in tables that stockdb does not manage, a symbol may have any collation and a number may
 * be text.
 */
export function comparedField(
  dataset: Dataset,
  name: string,
): Pick<Field, 'type' | 'dateFormat' | 'numberFormat'> & { loose?: boolean } {
  const field = declared(dataset, name)
  if (dataset.managed !== false || field.symbolFormat !== undefined) return field
  return field.type === 'symbol' ? { type: 'text' } : { ...field, loose: true }
}

/**
 * A field's column in SQL as it is compared; the table is `d` by default. Names come from the catalogue alone, whatever is in
 * them.
 */
export function columnOf(dataset: Dataset, name: string, table = 'd'): RawBuilder<unknown> {
  const stored = storedColumn(dataset, name, table)
  return isUnordered(dataset.fields[name]?.dateFormat) ? inOrder(stored) : stored
}

/** A field's column in SQL as it is stored. */
const storedColumn = (dataset: Dataset, name: string, table: string): RawBuilder<unknown> =>
  sql.id(table, rowColumn(dataset, name))

/** The column of the field that plays a role. */
export const role = (dataset: Dataset, which: 'symbol' | 'date', table = 'd'): RawBuilder<unknown> =>
  columnOf(dataset, fieldOf(dataset, which), table)

/** A placeholder for a value that a field is compared with, in the form in which the database keeps the field. */
export const placeholderFor = (dataset: Dataset, field: string, name: string): Placeholder =>
  new Placeholder(name, { stored: declared(dataset, field) })

/** A placeholder for a date that the dataset's own is compared with. */
export const datePlaceholder = (dataset: Dataset, name: string): Placeholder =>
  placeholderFor(dataset, fieldOf(dataset, 'date'), name)

/** The distinct values of a field, texts by their bytes regardless of the collation. */
export function exactly(dialect: Dialect, dataset: Dataset, field: string, table = 'd') {
  const { type, numberFormat, symbolFormat } = declared(dataset, field)
  const isLoose = type === 'symbol' && dataset.managed === false && symbolFormat === undefined
  const kept = isLoose ? { type: 'text' as const } : { type, numberFormat }
  return dialect.comparable(kept, columnOf(dataset, field, table))
}

/** A field as it is read, under its own name. */
export function readField(dialect: Dialect, dataset: Dataset, name: string, table = 'd') {
  return sql`${dialect.readable(declared(dataset, name), storedColumn(dataset, name, table))}`.as(name)
}

/** A field that is null whatever the database holds, of its own type none the less. */
export function withheldField(dialect: Dialect, dataset: Dataset, name: string, table = 'd') {
  const nothing = sql`case when 1 = 0 then ${columnOf(dataset, name, table)} end`
  return sql`${dialect.readable(declared(dataset, name), nothing)}`.as(name)
}

/** A field as the receiver of an answer must know it. */
export function frameField(dataset: Dataset, name: string): FrameField {
  const { type, nullable, unit } = declared(dataset, name)
  return { name, type, nullable, ...(unit === undefined ? {} : { unit }) }
}

/** Whether a field is a column as it is, and not a code that is put together. */
export const isPlain = (dataset: Dataset, field: string): boolean => {
  const { symbolFormat, exchange } = declared(dataset, field)
  return symbolFormat === undefined && exchange === undefined
}
