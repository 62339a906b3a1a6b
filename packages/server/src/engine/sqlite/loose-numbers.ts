import type { DatabaseSync } from 'node:sqlite'
import type { FieldTypeName } from '@stockdb/contract'
import { parseDecimal, parseWhole } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'

/** The functions of ours that read a number from a text, by the type of the field. */
const readers: Partial<Record<FieldTypeName, string>> = {
  float64: 'stockdb_number',
  int32: 'stockdb_whole',
  int64: 'stockdb_whole',
  bool: 'stockdb_whole',
}

/**
 * SQLite keeps texts among numbers, takes each of them for greater than any number, and for 0 in arithmetic. So that a
 * filter or a sum takes them for what the reader takes them for, they go through a function of ours, which refuses what
 * is no number. `loose` says whether a column of whole numbers may hold texts: those of STRICT tables may not. The name
 * of the function, if the column needs one; to be called where the value is at least the empty text.
 */
export const numberReader = (type: FieldTypeName, loose: boolean): string | undefined =>
  loose || type === 'float64' ? readers[type] : undefined

/** Makes the functions on a connection. */
export function addNumberReaders(database: DatabaseSync): void {
  const options = { deterministic: true, useBigIntArguments: true }
  database.function('stockdb_number', options, (value) => {
    return (typeof value === 'string' ? parseDecimal(value) : undefined) ?? refuse(value, 'a number')
  })
  database.function('stockdb_whole', options, (value) => {
    const whole = typeof value === 'string' ? parseWhole(value) : undefined
    return whole === undefined || BigInt.asIntN(64, whole) !== whole ? refuse(value, 'a whole number') : whole
  })
}

function refuse(value: unknown, expected: string): never {
  const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : 'bytes'
  throw new StockdbError(
    'SCHEMA_MISMATCH',
    `a column that is declared to hold numbers holds ${shown}; expected ${expected}`,
  )
}
