import { MS_PER_DAY } from '@stockdb/contract/wire'
import { errorOf } from '../errors.ts'
import type { ArrowTable } from './write-data.ts'

/** Some rows to write, by columns. */
export interface ColumnBatch {
  readonly names: readonly string[]
  readonly columns: readonly ArrayLike<unknown>[]
  readonly numRows: number
}

/** Types of the Arrow format: `Schema.fbs`. */
const DATE = 8
const TIMESTAMP = 10

/** The columns of a batch in any of the forms that a write takes. Throws `INVALID_INPUT` for anything else. */
export function columnsOf(batch: unknown): ColumnBatch {
  if (Array.isArray(batch)) return ofRows(batch)
  if (typeof batch !== 'object' || batch === null) throw invalid(`got ${batch === null ? 'null' : typeof batch}`)
  if (isArrow(batch)) return ofArrow(batch)
  if ('columns' in batch && 'meta' in batch) {
    const { adjust } = batch.meta as { readonly adjust?: string }
    if (adjust !== undefined && adjust !== 'none')
      throw errorOf(
        'INVALID_INPUT',
        `rows: got a frame whose prices are adjusted (${adjust}); expected prices as they are stored: read them with adjust: 'none'`,
      )
    return ofColumns(batch.columns as object)
  }
  return ofColumns(batch)
}

function ofRows(rows: readonly unknown[]): ColumnBatch {
  const [first] = rows
  if (first === undefined) return { names: [], columns: [], numRows: 0 }
  rows.forEach((row, at) => {
    if (typeof row !== 'object' || row === null) throw invalid(`got ${String(row)} at place ${at}`)
  })
  const given = (row: unknown): string[] => Object.keys(row as object).filter((name) => cellOf(row, name) !== undefined)
  const names = given(first)
  // A field that only some rows have would be emptied in the others.
  rows.forEach((row, at) => {
    const own = given(row)
    if (own.length === names.length && own.every((name) => names.includes(name))) return
    const differing = [...names.filter((name) => !own.includes(name)), ...own.filter((name) => !names.includes(name))]
    throw errorOf(
      'INVALID_INPUT',
      `rows: row ${at + 1} and row 1 differ in the fields that they have (${differing.join(', ')}); expected the same fields in all rows: write rows with other fields in a call of their own, or set null`,
    )
  })
  return { names, columns: names.map((name) => rows.map((row) => cellOf(row, name))), numRows: rows.length }
}

const cellOf = (row: unknown, name: string): unknown => (row as Readonly<Record<string, unknown>>)[name]

function ofColumns(given: object): ColumnBatch {
  const entries = Object.entries(given).filter(([, column]) => column !== undefined)
  const bad = entries.find(([, column]) => typeof column !== 'object' || column === null || !('length' in column))
  if (bad) throw invalid(`got ${bad[0]}, which is no column`)
  const columns = entries as [string, ArrayLike<unknown>][]
  const [first] = columns
  const numRows = first?.[1].length ?? 0
  const other = columns.find(([, column]) => column.length !== numRows)
  if (other)
    throw errorOf(
      'INVALID_INPUT',
      `rows: got ${other[1].length} values of ${other[0]} and ${numRows} of ${first?.[0]}; expected columns of one length`,
    )
  return { names: columns.map(([name]) => name), columns: columns.map(([, column]) => column), numRows }
}

const isArrow = (batch: object): batch is ArrowTable => 'schema' in batch && 'getChild' in batch && 'numRows' in batch

function ofArrow(table: ArrowTable): ColumnBatch {
  const { fields } = table.schema
  return {
    names: fields.map(({ name }) => name),
    columns: fields.map(({ name, type }) => {
      const values = Array.from(table.getChild(name) ?? [])
      if (type.typeId === DATE) return values.map((value) => momentOf(value, 10))
      return type.typeId === TIMESTAMP ? values.map((value) => momentOf(value, 23)) : values
    }),
    numRows: table.numRows,
  }
}

/** A date, or a date with a time, that Arrow's libraries give as a `Date` or as milliseconds. */
function momentOf(value: unknown, length: number): unknown {
  if (value === null || value === undefined) return null
  const ms = value instanceof Date ? value.getTime() : Number(value)
  if (length === 10 && ms % MS_PER_DAY !== 0) return value
  return new Date(ms).toISOString().slice(0, length).replace('T', ' ')
}

const invalid = (got: string): Error =>
  errorOf(
    'INVALID_INPUT',
    `rows: ${got}; expected rows as objects, columns, a frame, an Arrow table, or an async iterable of these`,
  )
