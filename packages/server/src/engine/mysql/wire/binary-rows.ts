import type { BatchBuilder } from '../../batch-builder.ts'
import type { ReadColumn } from '../../engine.ts'
import type { Filling, Values } from '../../filling.ts'
import type { RowReader } from './answer-reader.ts'
import { BinaryValues, decimalAt, momentAt } from './binary-values.ts'
import { NULL, textOf } from './bytes.ts'
import type { ColumnDefinition } from './column-definition.ts'
import { dayNumber } from './day-numbers.ts'
import * as encodings from './encodings.ts'
import { malformed } from './malformed.ts'
import { SymbolCodes, UNKNOWN } from './symbol-codes.ts'

// How a value goes from the wire into its column. All but the first write it without an object, and leave what they cannot
// take as it is to the first.
const ANY = 0
const DOUBLE = 1
const DAY = 2
const SYMBOL = 3
const INT = 4
const LONG = 5
const MOMENT = 6
const FLOAT = 7
const DECIMAL = 8
const WHOLE_AS_DOUBLE = 9
const LONG_AS_DOUBLE = 10
const FLAG = 11
const DIGITS_OF_DAY = 12

/** One more than the greatest half of a number of eight bytes. */
const HALF = 2 ** 32
const DAY_BYTES = 4
const DIGITS = 8
const ZERO = 0x30

/** How the rows of an answer are read, which is the same for every answer with these definitions. */
export interface RowPlan {
  readonly encodings: Uint8Array
  readonly ways: Uint8Array
  /** For each column, the next one that has another way. */
  readonly runs: Int32Array
}

export function planRows(definitions: readonly ColumnDefinition[], columns: readonly ReadColumn[]): RowPlan {
  const of = (index: number) =>
    encodings.encodingOf(definitions[index] as ColumnDefinition, columns[index] as ReadColumn)
  const all = Uint8Array.from(columns, (_, index) => of(index))
  const ways = Uint8Array.from(columns, (column, index) => wayOf(column, all[index] as number))
  const runs = new Int32Array(ways.length)
  for (let index = ways.length - 1; index >= 0; index--)
    runs[index] = ways[index] === ways[index + 1] ? (runs[index + 1] as number) : index + 1
  return { encodings: all, ways, runs }
}

/** Writes the rows of a prepared statement from the bytes that arrived into the columns of a batch. */
export class BinaryRows implements RowReader {
  readonly #builder: BatchBuilder
  readonly #fillings: readonly Filling<unknown>[]
  readonly #ways: Uint8Array
  readonly #runs: Int32Array
  readonly #encodings: Uint8Array
  readonly #bitmapBytes: number
  readonly #symbols: readonly (SymbolCodes | undefined)[]
  /** Reads values one by one, where they have no way of their own. */
  readonly #values = new BinaryValues()
  #rowStart = 0
  // All columns of a batch are in one piece of memory, which is seen as each kind of numbers here, and by column where it
  // begins among them: a loop over columns would look up an array for each value otherwise.
  #generation = -1
  #doubles = new Float64Array()
  #longs = new BigInt64Array()
  #ints = new Int32Array()
  #bytes = new Uint8Array()
  readonly #offsets: Int32Array

  constructor({ encodings, ways, runs }: RowPlan, builder: BatchBuilder) {
    this.#builder = builder
    this.#fillings = builder.fillings
    this.#ways = ways
    this.#runs = runs
    this.#encodings = encodings
    this.#bitmapBytes = (ways.length + 9) >> 3
    this.#symbols = builder.fillings.map((_, index) => (ways[index] === SYMBOL ? new SymbolCodes() : undefined))
    this.#offsets = new Int32Array(ways.length)
    builder.rowInHand = () => this.#valuesOfRow()
  }

  get full(): boolean {
    return this.#builder.full
  }

  read(buffer: Buffer, view: DataView, start: number, end: number): void {
    if (buffer[start] !== 0) throw malformed('a row does not begin like one')
    this.#rowStart = start
    this.#values.set(buffer, start, end)
    const row = this.#builder.open()
    if (this.#builder.generation !== this.#generation) this.#bind()
    const ways = this.#ways
    const offsets = this.#offsets
    const doubles = this.#doubles
    const ints = this.#ints
    const base = buffer.byteOffset
    // After a status byte, a bit for each column from the third on: whether it is null.
    const bitmap = start + 1
    let at = bitmap + this.#bitmapBytes
    let nulls = 0
    for (let byte = bitmap; byte < at; byte++) nulls |= buffer[byte] as number
    for (let index = 0; index < ways.length; index++) {
      if (nulls !== 0 && (buffer[bitmap + ((index + 2) >> 3)] as number) & (1 << ((index + 2) & 7))) {
        this.#builder.put(this.#fillings[index] as Filling<unknown>, null, row)
        continue
      }
      const place = (offsets[index] as number) + row
      switch (ways[index]) {
        case DOUBLE: {
          // Prices stand side by side: those after this one need no way to be looked up, nor whether they are null.
          const next = nulls === 0 ? (this.#runs[index] as number) : index + 1
          for (; index < next; index++, at += 8) {
            const value = view.getFloat64(base + at, true)
            // Of the numbers only infinities and NaN do not cancel out.
            if (value - value === 0) doubles[(offsets[index] as number) + row] = value
            else this.#any(index, at, row)
          }
          index--
          break
        }
        case DAY: {
          const days = buffer[at] === DAY_BYTES ? dayAt(buffer, at + 1) : undefined
          if (days === undefined) at = this.#any(index, at, row)
          else {
            ints[place] = days
            at += DAY_BYTES + 1
          }
          break
        }
        case SYMBOL: {
          const length = buffer[at] as number
          const first = at + 1
          const code =
            length < NULL && first + length <= end
              ? (this.#symbols[index] as SymbolCodes).find(buffer, first, first + length)
              : UNKNOWN
          if (code === UNKNOWN) at = this.#symbol(index, at, row)
          else {
            ints[place] = code
            at = first + length
          }
          break
        }
        case INT:
          ints[place] = this.#whole(index, view, base + at)
          at += this.#width(index)
          break
        case LONG:
          this.#longs[place] = view.getBigInt64(base + at, true)
          at += 8
          break
        case MOMENT: {
          const length = buffer[at] as number
          const ms = at + 1 + length <= end ? momentAt(buffer, at + 1, at + 1 + length) : null
          if (typeof ms === 'number') {
            ints[2 * place] = ms | 0
            ints[2 * place + 1] = Math.floor(ms / HALF)
            at += length + 1
          } else at = this.#any(index, at, row)
          break
        }
        case FLOAT: {
          const value = view.getFloat32(base + at, true)
          if (value - value === 0) doubles[place] = value
          else this.#any(index, at, row)
          at += 4
          break
        }
        case DECIMAL: {
          const length = buffer[at] as number
          if (length < NULL && at + 1 + length <= end) {
            doubles[place] = decimalAt(buffer, at + 1, at + 1 + length)
            at += length + 1
          } else at = this.#any(index, at, row)
          break
        }
        case WHOLE_AS_DOUBLE:
          doubles[place] = this.#whole(index, view, base + at)
          at += this.#width(index)
          break
        case LONG_AS_DOUBLE: {
          const low = view.getUint32(base + at, true)
          const unsigned = this.#encodings[index] === encodings.UINT64
          const high = unsigned ? view.getUint32(base + at + 4, true) : view.getInt32(base + at + 4, true)
          // The product is exact, so the sum is rounded once, as the number itself would be.
          doubles[place] = high * HALF + low
          at += 8
          break
        }
        case FLAG: {
          const flag = buffer[at] as number
          if (flag > 1) this.#any(index, at, row)
          else this.#bytes[place] = flag
          at++
          break
        }
        case DIGITS_OF_DAY: {
          const days = buffer[at] === DIGITS ? dayOfDigits(buffer, at + 1) : undefined
          if (days === undefined) at = this.#any(index, at, row)
          else {
            ints[place] = days
            at += DIGITS + 1
          }
          break
        }
        default:
          at = this.#any(index, at, row)
      }
    }
    if (at !== end) throw malformed('a row does not fill its packet')
    this.#builder.close()
  }

  #bind(): void {
    this.#generation = this.#builder.generation
    const memory = this.#builder.memory
    this.#doubles = new Float64Array(memory)
    this.#longs = new BigInt64Array(memory)
    this.#ints = new Int32Array(memory)
    this.#bytes = new Uint8Array(memory)
    for (const { index, values } of this.#fillings) {
      // Texts are not in it.
      if (ArrayBuffer.isView(values)) this.#offsets[index] = values.byteOffset / (values as Values).BYTES_PER_ELEMENT
    }
  }

  /** Reads a value as an object, and leaves it to the builder what becomes of it; returns where the next one begins. */
  #any(index: number, at: number, row: number): number {
    const values = this.#values
    values.at = at
    const value = values.value(this.#encodings[index] as number)
    this.#builder.put(this.#fillings[index] as Filling<unknown>, value, row)
    return values.at
  }

  /** A symbol that was not seen yet in this answer. */
  #symbol(index: number, at: number, row: number): number {
    const values = this.#values
    values.at = at
    const start = values.skip()
    const filling = this.#fillings[index] as Filling<Int32Array>
    const code = this.#builder.code(filling, textOf(values.buffer, start, values.at), row)
    filling.values[row] = code
    const known = this.#symbols[index] as SymbolCodes
    if (known.find(values.buffer, start, values.at) === UNKNOWN) known.add(values.buffer, start, values.at, code)
    return values.at
  }

  /** A whole number of at most four bytes. */
  #whole(index: number, view: DataView, at: number): number {
    switch (this.#encodings[index]) {
      case encodings.INT32:
        return view.getInt32(at, true)
      case encodings.UINT32:
        return view.getUint32(at, true)
      case encodings.INT16:
        return view.getInt16(at, true)
      case encodings.UINT16:
        return view.getUint16(at, true)
      case encodings.INT8:
        return view.getInt8(at)
      default:
        return view.getUint8(at)
    }
  }

  #width(index: number): number {
    return WIDTHS[this.#encodings[index] as number] as number
  }

  /** The values of the current row, as far as they can be read, for the message about a refused one. */
  #valuesOfRow(): readonly unknown[] {
    const values = new BinaryValues()
    const { buffer, end } = this.#values
    const bitmap = this.#rowStart + 1
    values.set(buffer, bitmap + this.#bitmapBytes, end)
    const row: unknown[] = []
    try {
      for (const [index, encoding] of this.#encodings.entries()) {
        const isNull = ((buffer[bitmap + ((index + 2) >> 3)] as number) & (1 << ((index + 2) & 7))) !== 0
        row.push(isNull ? null : values.value(encoding))
      }
    } catch {
      // Behind a value that cannot be read there may be others of the key; without them the message still says which value.
    }
    return row
  }
}

const WIDTHS = Uint8Array.from({ length: encodings.UINT32 + 1 }, (_, encoding) => {
  if (encoding >= encodings.INT32) return 4
  return encoding >= encodings.INT16 ? 2 : 1
})

const dayAt = (buffer: Buffer, at: number): number | undefined =>
  dayNumber(
    (buffer[at] as number) | ((buffer[at + 1] as number) << 8),
    buffer[at + 2] as number,
    buffer[at + 3] as number,
  )

/** The day of eight digits, as 20240102. */
function dayOfDigits(buffer: Buffer, at: number): number | undefined {
  let number = 0
  for (let place = 0; place < DIGITS; place++) {
    const digit = (buffer[at + place] as number) - ZERO
    if (!(digit >= 0 && digit <= 9)) return undefined
    number = number * 10 + digit
  }
  return dayNumber(Math.trunc(number / 10_000), Math.trunc(number / 100) % 100, number % 100)
}

const SMALL = new Set([encodings.INT8, encodings.UINT8, encodings.INT16, encodings.UINT16, encodings.INT32])

/** The way of a column; any value that is kept in a form of its own is the builder's to read, but for the most usual one. */
function wayOf({ type, dateFormat }: ReadColumn, encoding: number): number {
  if (dateFormat !== undefined)
    return type === 'date' && dateFormat === 'YYYYMMDD' && encoding === encodings.TEXT ? DIGITS_OF_DAY : ANY
  switch (type) {
    case 'float64':
      if (encoding === encodings.DOUBLE) return DOUBLE
      if (encoding === encodings.FLOAT) return FLOAT
      if (encoding === encodings.DECIMAL) return DECIMAL
      if (SMALL.has(encoding) || encoding === encodings.UINT32) return WHOLE_AS_DOUBLE
      return encoding === encodings.INT64 || encoding === encodings.UINT64 ? LONG_AS_DOUBLE : ANY
    case 'int32':
      return SMALL.has(encoding) ? INT : ANY
    case 'int64':
      return encoding === encodings.INT64 ? LONG : ANY
    case 'date':
      return encoding === encodings.DATE ? DAY : ANY
    case 'datetime':
      return encoding === encodings.MOMENT ? MOMENT : ANY
    case 'bool':
      return encoding === encodings.INT8 || encoding === encodings.UINT8 ? FLAG : ANY
    case 'symbol':
      return encoding === encodings.TEXT ? SYMBOL : ANY
    case 'text':
      return ANY
  }
}
