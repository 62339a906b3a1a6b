import type { Dataset } from '@stockdb/contract'
import type { StoredValue } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import { missingColumn, missingTable } from '../read-tables.ts'
import { refusedRow } from '../refused-write.ts'

/** Result codes of SQLite with a specific meaning; extended codes contain them in the low byte. */
export const BUSY = 5
const LOCKED = 6
const READ_ONLY = 8
const IO = 10
const DAMAGED = 11
const CANNOT_OPEN = 14
const NOT_A_DATABASE = 26
const FULL = 13
const CONSTRAINT = 19
/** `NOT NULL constraint failed: px.vol`, `cannot store TEXT value in INTEGER column px.vol`; a CHECK names no column. */
const REFUSED_COLUMN = /(?:^NOT NULL constraint failed: |^cannot store .* column ).*\.(.+)$/

/** Translates an error of node:sqlite at the engine's edge. The original is kept as `cause`, for the log. */
export function translateSqliteError(error: unknown): StockdbError {
  if (error instanceof StockdbError) return error
  const { errcode, message = '' } = error as { errcode?: number; message?: string }
  const as = (...[code, text]: ConstructorParameters<typeof StockdbError>) =>
    new StockdbError(code, text, { cause: error })
  switch (errcode === undefined ? undefined : errcode & 0xff) {
    case BUSY:
    case LOCKED:
      return as('DATABASE_UNAVAILABLE', 'another process is writing to the database file')
    case READ_ONLY:
      return as('DATABASE_UNAVAILABLE', 'the database file cannot be written')
    case IO:
      return as('DATABASE_UNAVAILABLE', 'cannot read or write the database file: its disk is full or fails')
    case DAMAGED:
      return as(
        'INTERNAL',
        'the database file is damaged; "pragma integrity_check" says where, and ".recover" of sqlite3 saves rows',
      )
    case CANNOT_OPEN:
      return as('DATABASE_UNAVAILABLE', 'cannot open the database file')
    case NOT_A_DATABASE:
      return as('DATABASE_UNAVAILABLE', 'the database file is not a SQLite database')
    case FULL:
      return as('DATABASE_UNAVAILABLE', 'the disk of the database file is full')
  }
  const [, what, name = ''] = /^no such (table|column): (.+)/.exec(message) ?? []
  if (what === 'table') return as('SCHEMA_MISMATCH', missingTable(name.replace(/^main\./, '')))
  if (what === 'column') return as('SCHEMA_MISMATCH', missingColumn(name.split('.').at(-1)))
  return as('INTERNAL', `the database refused the query${errcode === undefined ? '' : ` (error ${errcode})`}`)
}

/** Names the value that a table refused, if the insert failed for this reason. */
export function refusedValue(
  dataset: Dataset,
  fields: readonly string[],
  row: readonly StoredValue[],
  error: unknown,
): StockdbError | undefined {
  const { errcode = 0, message = '' } = error as { errcode?: number; message?: string }
  if ((errcode & 0xff) !== CONSTRAINT) return undefined
  return refusedRow(dataset, fields, row, REFUSED_COLUMN.exec(message)?.[1], error)
}
