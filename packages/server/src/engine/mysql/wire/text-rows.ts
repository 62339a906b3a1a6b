import { StockdbError } from '@stockdb/contract/wire'
import type { BatchBuilder } from '../../batch-builder.ts'
import type { ReadColumn } from '../../engine.ts'
import type { Filling } from '../../filling.ts'
import { daysOfStored, millisecondsOfStored } from '../../stored-dates.ts'
import type { RowReader } from './answer-reader.ts'
import { decimalAt } from './binary-values.ts'
import { Bytes, NULL, textOf } from './bytes.ts'
import type { ColumnDefinition } from './column-definition.ts'
import * as encodings from './encodings.ts'
import { malformed } from './malformed.ts'

/**
 * Reads rows whose values all arrive as texts: from servers that prepare no statements. FLOAT is refused, because servers
 * write six of its digits and leave the others out.
 */
export class TextRows implements RowReader {
  readonly #builder: BatchBuilder
  readonly #fillings: readonly Filling<unknown>[]
  readonly #encodings: Uint8Array
  readonly #bytes = new Bytes()
  readonly #row: unknown[]

  constructor(definitions: readonly ColumnDefinition[], columns: readonly ReadColumn[], builder: BatchBuilder) {
    this.#encodings = Uint8Array.from(columns, (column, index) =>
      encodings.encodingOf(definitions[index] as ColumnDefinition, column),
    )
    const single = columns.find((_, index) => this.#encodings[index] === encodings.FLOAT)
    if (single) throw inexact(single)
    this.#builder = builder
    this.#fillings = builder.fillings
    this.#row = columns.map(() => null)
    builder.rowInHand = () => this.#row
  }

  get full(): boolean {
    return this.#builder.full
  }

  read(buffer: Buffer, _view: DataView, start: number, end: number): void {
    const bytes = this.#bytes
    bytes.set(buffer, start, end)
    // All of them first: the message about one names the key of its row.
    for (let index = 0; index < this.#row.length; index++) {
      if (buffer[bytes.at] === NULL && bytes.at < end) {
        bytes.at++
        this.#row[index] = null
      } else {
        const from = bytes.skip()
        this.#row[index] = textValue(this.#encodings[index] as number, buffer, from, bytes.at)
      }
    }
    if (bytes.at !== end) throw malformed('a row does not fill its packet')
    const row = this.#builder.open()
    for (let index = 0; index < this.#row.length; index++) {
      this.#builder.put(this.#fillings[index] as Filling<unknown>, this.#row[index], row)
    }
    this.#builder.close()
  }
}

/** The value that a prepared statement would have given. */
function textValue(encoding: number, buffer: Buffer, start: number, end: number): unknown {
  switch (encoding) {
    case encodings.TEXT:
    case encodings.TIME:
      return textOf(buffer, start, end)
    case encodings.BYTES:
      return Buffer.from(buffer.subarray(start, end))
    case encodings.BITS:
      return buffer.subarray(start, end).reduce((sum, byte) => sum * 256 + byte, 0)
    case encodings.DECIMAL:
      return decimalAt(buffer, start, end)
    case encodings.DATE:
      return dayOf(buffer.toString('latin1', start, end))
    case encodings.MOMENT:
      return momentOf(buffer.toString('latin1', start, end))
    case encodings.NONE:
      throw malformed('a null has a value')
    default:
      return numberOf(encoding, buffer.toString('latin1', start, end))
  }
}

const WHOLE = /^-?\d+$/
const REAL = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/

function numberOf(encoding: number, text: string): number | bigint {
  if (!(encoding === encodings.DOUBLE ? REAL : WHOLE).test(text))
    throw malformed('a number has characters other than digits')
  return encoding === encodings.INT64 || encoding === encodings.UINT64 ? BigInt(text) : Number(text)
}

const NO_DATE = '0000-00-00'
const MIDNIGHT = /^[0:.]*$/

function dayOf(text: string): number | string | null {
  const [day = '', time = ''] = text.split(' ')
  if (day === NO_DATE) return null
  if (!MIDNIGHT.test(time)) return `${day} with a time`
  return daysOfStored(day) ?? text
}

/** Microseconds are rounded, as they are in binary rows. */
function momentOf(text: string): number | string | null {
  if (text.startsWith(NO_DATE)) return null
  const [, whole = '', fraction = ''] = /^(.{19})(?:\.(\d{1,6}))?$/.exec(text) ?? []
  return millisecondsOfStored(`${whole}.${fraction.padEnd(6, '0')}`, 'YYYY-MM-DD HH:MM:SS.ffffff') ?? text
}

const inexact = ({ name, source }: ReadColumn): StockdbError =>
  new StockdbError(
    'SCHEMA_MISMATCH',
    `${source ? `table ${source.table}, column ${source.column}` : `column ${name}`}: cannot read FLOAT exactly from a database that prepares no statements; make it a DOUBLE`,
  )
