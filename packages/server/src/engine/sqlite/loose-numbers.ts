import type { DatabaseSync } from 'node:sqlite'
import type { FieldTypeName } from '@stockdb/contract'
import { parseDecimal, parseWhole } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'

/** SQL functions that parse numbers from text, by field type. */
const readers: Partial<Record<FieldTypeName, string>> = {
  float64: 'stockdb_number',
  int32: 'stockdb_whole',
  int64: 'stockdb_whole',
  bool: 'stockdb_whole',
}

/**
 * SQLite may store text in numeric columns, orders it after all numbers, and treats it as 0 in arithmetic. For
 * consistent filters and sums, such values go through a parsing function, which refuses non-numbers. `loose` says
 * whether an integer column may hold text; those of STRICT tables may not. Returns the name of the function, if the
 * column needs one; call it for values that are at least the empty text.
 */
export const numberReader = (type: FieldTypeName, loose: boolean): string | undefined =>
  loose || type === 'float64' ? readers[type] : undefined

/** Registers the functions on a connection. */
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
