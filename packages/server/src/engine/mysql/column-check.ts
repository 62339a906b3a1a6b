import type { FieldTypeName } from '@stockdb/contract'
import { dateFormats } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import type { ReadColumn, ReadQuery } from '../engine.ts'
import { tableChanged, tablesOf } from '../read-tables.ts'
import type { TableChanges } from '../table-changes.ts'
import type { TableShape } from '../table-shape.ts'
import { KnownKeys } from './known-keys.ts'
import { BINARY, flags, types } from './protocol.ts'
import type { ColumnDefinition } from './wire/column-definition.ts'

const integers = [types.TINY, types.SHORT, types.INT24, types.LONG]
const texts = [
  ...[types.VARCHAR, types.VAR_STRING, types.STRING, types.ENUM],
  ...[types.TINY_BLOB, types.BLOB, types.MEDIUM_BLOB, types.LONG_BLOB],
]

/** Readable column types of each field type, as far as the protocol distinguishes them. */
const fitting: Record<FieldTypeName, ReadonlySet<number>> = {
  float64: new Set([...integers, types.LONGLONG, types.FLOAT, types.DOUBLE, types.DECIMAL, types.NEWDECIMAL]),
  int32: new Set([...integers, types.YEAR]),
  int64: new Set([...integers, types.YEAR, types.LONGLONG]),
  bool: new Set([types.TINY, types.BIT]),
  date: new Set([types.DATE, types.NEWDATE]),
  datetime: new Set([types.DATETIME, types.TIMESTAMP]),
  symbol: new Set(texts),
  text: new Set([...texts, types.SET, types.TIME, types.JSON]),
}
const fittingDigits = new Set<number>([types.DECIMAL, types.NEWDECIMAL])
const datetimes = new Set<number>([types.DATETIME, types.TIMESTAMP])
const fittingTexts = new Set<number>(texts)
const fittingNumbers = new Set<number>([...integers, types.LONGLONG, types.DOUBLE, types.DECIMAL, types.NEWDECIMAL])

const fittingForms = {
  text: fittingTexts,
  number: fittingNumbers,
  'text or number': new Set([...fittingTexts, ...fittingNumbers]),
  datetime: datetimes,
} as const

function typesOf({ type, dateFormat, numberFormat, symbolFormat, exact }: ReadColumn): ReadonlySet<number> {
  if (exact && type === 'text') return fittingDigits
  if (numberFormat !== undefined || symbolFormat === 'code+exchange') return fittingTexts
  if (symbolFormat !== undefined) return fittingNumbers
  return dateFormat === undefined ? fitting[type] : fittingForms[dateFormats[dateFormat].kept]
}

const TEXTS = new Set<number>(texts)
const names = new Map<number, string>(Object.entries(types).map(([name, type]) => [type, name.toLowerCase()]))
/** Flags that a replaced table may have lost. */
const KEYS = flags.PRI_KEY | flags.UNIQUE_KEY | flags.MULTIPLE_KEY
/** Queries with rows of more than one table, for which MySQL reports key flags depending on its plan. */
const PUT_TOGETHER = /\b(?:group by|distinct|union|join)\b|\bover \(|\bfrom \(/i
/** The same, and those that may come from a table which the query makes itself. */
const MADE_BEFORE = new RegExp(`^with\\b|\\(select\\b|${PUT_TOGETHER.source}`, 'i')

/**
 * Compares the column metadata of an answer, even an empty one, with the declaration and with earlier metadata.
 */
export class ColumnCheck {
  readonly #changes: TableChanges
  /** Earlier metadata by the columns of a prepared query; a temporary table may hide a key. */
  readonly #known = new WeakMap<
    readonly ReadColumn[],
    { generation: number; readonly ofTables: number; readonly heeded: number; readonly said: Int32Array[] }
  >()

  readonly #keys = new KnownKeys()

  constructor(changes: TableChanges) {
    this.#changes = changes
  }

  /** Notes the key of a table, for the first answer to a question, with whose metadata nothing can be compared. */
  described(table: string, shape: TableShape | undefined): void {
    this.#keys.describe(table, shape)
  }

  /**
   * Throws `SCHEMA_MISMATCH` if a column has a type from which the field cannot be read, or which filters compare
   * differently; `DATABASE_INTERRUPTED`, for a retry, if a table was altered since it was last read.
   */
  check(fields: readonly ColumnDefinition[], query: Pick<ReadQuery, 'sql' | 'columns' | 'tables' | 'ofCaller'>): void {
    const { sql, columns, ofCaller } = query
    const said = new Int32Array(columns.length)
    for (let at = 0; at < columns.length; at++) {
      const column = columns[at] as ReadColumn
      if (!column.source) continue
      const field = fields[at] as ColumnDefinition
      const type = field.columnType
      said[at] = (field.flags & (KEYS | flags.BINARY | flags.UNSIGNED)) | (type << 8) | (field.characterSet << 16)
      const isBytes = TEXTS.has(type) && field.characterSet === BINARY && column.asBytes !== true
      if (type !== types.NULL && (isBytes || !typesOf(column).has(type))) throw this.#mismatch(column, type, isBytes)
    }
    const { generation } = this.#changes
    let known = this.#known.get(columns)
    if (known?.generation !== generation) {
      const ofTables = this.#changes.generationOf(tablesOf(query))
      // Of another table that was accepted these columns say nothing.
      if (known?.ofTables === ofTables) known.generation = generation
      else {
        known = { generation, ofTables, heeded: PUT_TOGETHER.test(sql) ? ~KEYS : ~0, said: [] }
        this.#known.set(columns, known)
      }
    }
    const { heeded } = known
    if (known.said.some((before) => isAsBefore(before, said, heeded))) return
    known.said.push(said)
    if (known.said.length > 1 || (!ofCaller && !MADE_BEFORE.test(sql) && this.#hasLostKey(fields, columns)))
      throw this.failed({ columns }, tableChanged(tablesOf({ columns })))
  }

  #hasLostKey(fields: readonly ColumnDefinition[], columns: readonly ReadColumn[]): boolean {
    return fields.some(({ isColumn, flags }, at) => {
      const source = columns[at]?.source
      return isColumn && source !== undefined && this.#keys.isLost(source, flags)
    })
  }

  /** Triggers a new check of the tables of a query that failed because of one of them. */
  failed(query: Pick<ReadQuery, 'columns' | 'tables'>, error: StockdbError): StockdbError {
    if (error.code === 'SCHEMA_MISMATCH' || error.code === 'DATABASE_INTERRUPTED') this.#changes.doubt(tablesOf(query))
    return error
  }

  #mismatch(
    { name, type, dateFormat, numberFormat, symbolFormat, source }: ReadColumn,
    found: number,
    isBytes: boolean,
  ): StockdbError {
    const { table, column } = source as NonNullable<ReadColumn['source']>
    const is = isBytes ? 'bytes' : (names.get(found) ?? `type ${found}`)
    const form = dateFormat ?? numberFormat ?? symbolFormat
    const declared = form === undefined ? type : `${type} kept as ${form}`
    return new StockdbError(
      'SCHEMA_MISMATCH',
      `table ${table}, column ${column}: found ${is}; the field ${name} is declared ${declared}. The table was changed or replaced; put it back, or declare it as it is now ("stockdb introspect") and start the server again`,
    )
  }
}

/** Whether the relevant metadata of columns is unchanged, including their keys. */
function isAsBefore(before: Int32Array, now: Int32Array, heeded: number): boolean {
  for (let at = 0; at < now.length; at++) {
    const [was, is] = [(before[at] as number) & heeded, (now[at] as number) & heeded]
    if ((was & ~KEYS) !== (is & ~KEYS) || (was & KEYS & ~is) !== 0) return false
  }
  return true
}
