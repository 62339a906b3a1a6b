import { StockdbError } from '@stockdb/contract/wire'
import type { ReadColumn } from '../../engine.ts'
import { isUnsigned, types } from '../protocol.ts'
import { type ColumnDefinition, isBytesColumn, isUtf8Column } from './column-definition.ts'

/** How the values of a column are encoded: constants of the module, which loops over columns compare as numbers. */
export const NONE = 0
export const INT8 = 1
export const UINT8 = 2
export const INT16 = 3
export const UINT16 = 4
export const INT32 = 5
export const UINT32 = 6
export const INT64 = 7
export const UINT64 = 8
export const FLOAT = 9
export const DOUBLE = 10
/** Digits, of which the nearest double is wanted. */
export const DECIMAL = 11
export const DATE = 12
export const MOMENT = 13
export const TIME = 14
export const BITS = 15
export const TEXT = 16
export const BYTES = 17

/** The encoding of a column's values, by its definition and, where that leaves a choice, by what is wanted. */
export function encodingOf(definition: ColumnDefinition, column: ReadColumn): number {
  const unsigned = isUnsigned(definition)
  switch (definition.columnType) {
    case types.TINY:
      return unsigned ? UINT8 : INT8
    case types.SHORT:
      return unsigned ? UINT16 : INT16
    case types.YEAR:
      return UINT16
    case types.INT24:
    case types.LONG:
      return unsigned ? UINT32 : INT32
    case types.LONGLONG:
      return unsigned ? UINT64 : INT64
    case types.FLOAT:
      return FLOAT
    case types.DOUBLE:
      return DOUBLE
    case types.DECIMAL:
    case types.NEWDECIMAL:
      return column.type === 'text' || column.type === 'symbol' ? TEXT : DECIMAL
    case types.DATE:
    case types.NEWDATE:
    case types.DATETIME:
    case types.TIMESTAMP:
      return column.type === 'datetime' ? MOMENT : DATE
    case types.TIME:
      return TIME
    case types.BIT:
      return BITS
    case types.NULL:
      return NONE
    case types.JSON:
      return TEXT
    default:
      if (isBytesColumn(definition)) return column.asBytes ? TEXT : BYTES
      if (!isUtf8Column(definition)) throw otherCharacters(definition, column)
      return TEXT
  }
}

/** Each session sets it, and reads it back. */
const otherCharacters = ({ characterSet }: ColumnDefinition, { name }: ReadColumn): StockdbError =>
  new StockdbError(
    'DATABASE_UNAVAILABLE',
    `cannot read the column ${name}: its texts arrive in collation ${characterSet}; expected UTF-8, to which the session is set`,
  )
