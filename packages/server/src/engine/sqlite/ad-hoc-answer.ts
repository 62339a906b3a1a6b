import type { FieldTypeName } from '@stockdb/contract'
import { daysOf, millisecondsOf, parseDate, parseDatetime } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import type { AdHocAnswer, FieldOfColumn } from '../ad-hoc.ts'
import { columnNames } from '../ad-hoc-columns.ts'
import { noNumber } from '../query-refusals.ts'

/** A column of an answer, with its source column. */
export interface SqliteColumn {
  readonly name: string
  readonly table: string | null
  readonly column: string | null
}

const LARGE = BigInt(Number.MAX_SAFE_INTEGER)

interface Reading {
  readonly type: FieldTypeName
  read(value: unknown): unknown
}

/**
 * Types the columns. SQLite has types of values, not of columns, so the catalogue's type is used if all values fit it,
 * and otherwise the values determine the type.
 */
export function answerOf(given: readonly SqliteColumn[], rows: unknown[][], fieldOf: FieldOfColumn): AdHocAnswer {
  const names = columnNames(given.map(({ name }) => name))
  let bytes = 0
  const columns = given.map(({ table, column }, index) => {
    const declared = table === null || column === null ? undefined : fieldOf(table, column)?.type
    const name = names[index] as string
    const { type, read } = readingOf(name, declared, rows, index)
    for (const row of rows) {
      const value = row[index]
      bytes += 8 + (typeof value === 'string' ? value.length * 2 : 0)
      row[index] = value === null ? null : read(value)
    }
    return { name, type, nullable: true }
  })
  return { columns, rows, bytes }
}

function readingOf(name: string, declared: FieldTypeName | undefined, rows: unknown[][], index: number): Reading {
  const kinds = new Set<string>()
  let large = false
  for (const row of rows) {
    const value = row[index]
    if (value === null) continue
    kinds.add(typeof value)
    if (typeof value === 'number' && !Number.isFinite(value)) throw noNumber(`sql: the column "${name}"`)
    if (typeof value === 'bigint' && (value > LARGE || value < -LARGE)) large = true
  }
  if (kinds.has('object')) {
    throw new StockdbError('QUERY_REFUSED', `sql: the column ${name} holds bytes, not text: select hex(…) of it`)
  }
  const only = (kind: string): boolean => kinds.size === 0 || (kinds.size === 1 && kinds.has(kind))
  const all = (fits: (text: string) => boolean): boolean =>
    only('string') && rows.every((row) => row[index] === null || fits(row[index] as string))
  if (declared === 'date' && all((text) => parseDate(text) !== undefined)) {
    return { type: 'date', read: (value) => daysOf(parseDate(value as string) as string) }
  }
  if (declared === 'datetime' && all((text) => parseDatetime(text) !== undefined)) {
    return { type: 'datetime', read: (value) => millisecondsOf(parseDatetime(value as string) as string) }
  }
  if (declared === 'symbol' && only('string')) return { type: 'symbol', read: (value) => value }
  if (declared === 'bool' && only('bigint') && !large) return { type: 'bool', read: Number }
  if ((declared === 'int64' || large) && only('bigint')) return { type: 'int64', read: (value) => value }
  const numbers = !kinds.has('string')
  const guessed = kinds.size > 0 || declared === 'float64' || declared === 'int32'
  return numbers && guessed ? { type: 'float64', read: Number } : { type: 'text', read: String }
}
