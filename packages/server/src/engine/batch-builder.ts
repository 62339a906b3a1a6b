import type { Batch, Vector } from '@stockdb/contract/wire'
import type { ReadColumn } from './engine.ts'
import { allValid, codeOf, exchange, type Filling, moved, type SymbolFilling, type Values } from './filling.ts'
import { shorten } from './single-precision.ts'
import { daysOfStored, millisecondsOfComputed, millisecondsOfStored } from './stored-dates.ts'
import { boolOf, isNoDate, isNull, longOf, numberOf, symbolOf, textOf } from './stored-values.ts'
import { noNullIn, unfit } from './unfit-values.ts'

/**
 * Rows of a full batch. At 11 columns of doubles it takes about 1.4 MB: it stays in a processor's cache while it is read, summed and sent,
 * and the sockets on both sides have room for it, so that the database, the server and the client work at the same time.
 */
export const BATCH_ROWS = 16_384
/** Characters of text after which a batch is also full, because a few long texts can take much memory. */
const BATCH_CHARACTERS = 8 * 2 ** 20
/** Initial row capacity of a batch: most answers are small. */
const FIRST_ROWS = 64
/** Initial values of columns, never written to. */
const NO_FLOATS = new Float64Array()
const NO_INTS = new Int32Array()
const NO_LONGS = new BigInt64Array()
const NO_BYTES = new Uint8Array()

/**
 * Fills typed arrays from positional rows, or value by value. Columns are grouped by type and each group has its own loop, so
 * that every store is to one kind of array.
 */
export class BatchBuilder {
  #firstRows = FIRST_ROWS
  #capacity = 0
  #rows = 0
  #characters = 0
  readonly #columns: readonly ReadColumn[]
  readonly #floats: Filling<Float64Array>[] = []
  /** Columns stored as FLOAT. */
  #singles: readonly Filling<Float64Array>[] = []
  readonly #ints: Filling<Int32Array>[] = []
  readonly #longs: Filling<BigInt64Array>[] = []
  readonly #bools: Filling<Uint8Array>[] = []
  readonly #symbols: SymbolFilling[] = []
  readonly #texts: Filling<(string | null)[]>[] = []
  readonly #dates: Filling<Int32Array>[] = []
  readonly #moments: Filling<BigInt64Array>[] = []
  readonly #all: Filling<unknown>[] = []
  /** The columns by their places in a row, for readers that write values where they belong: see {@link open}. */
  readonly fillings: readonly Filling<unknown>[]
  readonly #rowBytes: number
  /** Whether dates arrive as text, as from SQLite, and not as days. */
  readonly #textDates: boolean
  #memory = new ArrayBuffer()
  #spare = new ArrayBuffer()
  /** Grows whenever columns have other {@link memory}. */
  generation = 0
  /** The current row, for the message about a refused value. */
  #row: readonly unknown[] = []
  /** Gives the values of the current row where it is not pushed: only a refusal needs them. */
  rowInHand: () => readonly unknown[] = () => this.#row

  constructor(columns: readonly ReadColumn[], { textDates = false }: { readonly textDates?: boolean } = {}) {
    this.#columns = columns
    this.#textDates = textDates
    columns.forEach((column, index) => {
      const base = { column, index, spare: undefined, validity: undefined, nullCount: 0 }
      switch (column.type) {
        case 'float64':
          this.#floats.push({ ...base, values: NO_FLOATS })
          break
        case 'date':
          this.#dates.push({ ...base, values: NO_INTS })
          break
        case 'int32':
          this.#ints.push({ ...base, values: NO_INTS })
          break
        case 'datetime':
          this.#moments.push({ ...base, values: NO_LONGS })
          break
        case 'int64':
          this.#longs.push({ ...base, values: NO_LONGS })
          break
        case 'bool':
          this.#bools.push({ ...base, values: NO_BYTES })
          break
        case 'symbol':
          this.#symbols.push({
            ...base,
            values: NO_INTS,
            dictionary: { codes: new Map(), words: [], lastWord: undefined, lastCode: 0 },
          })
          break
        case 'text':
          this.#texts.push({ ...base, values: [] })
          break
      }
    })
    for (const group of [this.#floats, this.#ints, this.#dates, this.#symbols, this.#longs, this.#moments])
      this.#all.push(...group)
    this.#all.push(...this.#bools, ...this.#texts)
    this.fillings = this.#all.toSorted((a, b) => a.index - b.index)
    const eights = this.#floats.length + this.#longs.length + this.#moments.length
    const fours = this.#ints.length + this.#dates.length + this.#symbols.length
    this.#rowBytes = eights * 8 + fours * 4 + this.#bools.length
  }

  /**
   * Sets, before the first row, which positions of a row are FLOAT: their values become the shortest decimals of the
   * four bytes, unless the field is exact.
   */
  set singles(places: readonly number[]) {
    if (places.length === 0) return
    this.#singles = this.#floats.filter(({ index, column }) => places.includes(index) && !column.exact)
  }

  get full(): boolean {
    return this.#rows === BATCH_ROWS || this.#characters >= BATCH_CHARACTERS
  }

  push(row: readonly unknown[]): void {
    if (this.#rows === this.#capacity) this.#grow()
    const at = this.#rows++
    this.#row = row
    for (const filling of this.#floats) {
      const value = row[filling.index]
      // Only infinities and NaN do not cancel out.
      filling.values[at] = typeof value === 'number' && value - value === 0 ? value : this.#toFloat(filling, value, at)
    }
    for (const filling of this.#ints) {
      const value = row[filling.index]
      filling.values[at] = typeof value === 'number' && value === (value | 0) ? value : this.#toInt(filling, value, at)
    }
    for (const filling of this.#dates) filling.values[at] = this.#toDays(filling, row[filling.index], at)
    for (const filling of this.#symbols) filling.values[at] = this.#toCode(filling, row[filling.index], at)
    for (const filling of this.#longs) filling.values[at] = this.#toLong(filling, row[filling.index], at)
    for (const filling of this.#moments) filling.values[at] = this.#toMoment(filling, row[filling.index], at)
    for (const filling of this.#bools) filling.values[at] = this.#toBool(filling, row[filling.index], at)
    for (const filling of this.#texts) this.#addText(filling, row[filling.index], at)
  }

  /**
   * For readers that write the values of a row into `values` of {@link fillings} themselves: makes room for a row and
   * returns its place. The row counts once it is {@link close}d, so that one that fails leaves nothing behind but
   * its error. What is not written as it is goes through {@link put} and {@link code}.
   */
  open(): number {
    if (this.#rows === this.#capacity) this.#grow()
    return this.#rows
  }

  close(): void {
    this.#rows++
  }

  /** Where all columns of numbers are, each from the `byteOffset` of its values on. */
  get memory(): ArrayBuffer {
    return this.#memory
  }

  /** Brings any value into its column, by the rules that hold for a row that is pushed. */
  put(filling: Filling<unknown>, value: unknown, at: number): void {
    // Fillings are made for the type of their column.
    const numbers = filling.values as number[]
    const longs = filling.values as bigint[]
    switch (filling.column.type) {
      case 'float64':
        numbers[at] = this.#toFloat(filling, value, at)
        break
      case 'int32':
        numbers[at] = this.#toInt(filling, value, at)
        break
      case 'date':
        numbers[at] = this.#toDays(filling, value, at)
        break
      case 'symbol':
        numbers[at] = this.#toCode(filling as SymbolFilling, value, at)
        break
      case 'int64':
        longs[at] = this.#toLong(filling, value, at)
        break
      case 'datetime':
        longs[at] = this.#toMoment(filling, value, at)
        break
      case 'bool':
        numbers[at] = this.#toBool(filling, value, at)
        break
      case 'text':
        this.#addText(filling as Filling<(string | null)[]>, value, at)
    }
  }

  /** The code of a symbol that was read; readers that know the bytes of a symbol again need not ask twice. */
  code(filling: Filling<unknown>, word: unknown, at: number): number {
    return this.#toCode(filling as SymbolFilling, word, at)
  }

  /**
   * The rows so far as a batch. It is valid until the next batch is taken, which reuses its memory, so that an answer
   * of any length needs the memory of two batches.
   */
  take(): Batch {
    const rows = this.#rows
    const vectors = new Array<Vector>(this.#columns.length)
    // As long as the rows: the bytes of an answer do not depend on how much room there was.
    const nulls = ({ validity, nullCount }: Filling<unknown>) => ({
      validity: validity?.subarray(0, (rows + 7) >> 3),
      nullCount,
    })
    const cut = <V extends Values>(filling: Filling<V>): V => filling.values.subarray(0, rows) as V
    for (const f of this.#singles) shorten(f.values, rows)
    for (const f of this.#floats) vectors[f.index] = { type: 'float64', values: cut(f), ...nulls(f) }
    for (const f of this.#ints) vectors[f.index] = { type: 'int32', values: cut(f), ...nulls(f) }
    for (const f of this.#dates) vectors[f.index] = { type: 'date', values: cut(f), ...nulls(f) }
    for (const f of this.#longs) vectors[f.index] = { type: 'int64', values: cut(f), ...nulls(f) }
    for (const f of this.#moments) vectors[f.index] = { type: 'datetime', values: cut(f), ...nulls(f) }
    for (const f of this.#bools) vectors[f.index] = { type: 'bool', values: cut(f), ...nulls(f) }
    for (const f of this.#symbols) {
      // A copy, because the builder may read ahead before the batch is encoded, and the bytes of an answer must be
      // reproducible.
      vectors[f.index] = { type: 'symbol', values: cut(f), dictionary: f.dictionary.words.slice(), ...nulls(f) }
    }
    for (const f of this.#texts) vectors[f.index] = { type: 'text', values: f.values, ...nulls(f) }
    this.#renew()
    return { numRows: rows, vectors }
  }

  /** Allocates memory: little at first, for full batches once one was full. */
  #grow(): void {
    const capacity = this.#rows === 0 ? this.#firstRows : Math.min(this.#capacity * 4, BATCH_ROWS)
    // One buffer for all columns: in a small answer, a buffer for each would cost more than its rows. Wider values come
    // first and the capacity is a multiple of 8, so that every column is aligned to its width and the whole is a multiple
    // of 8 bytes, which can be viewed as any kind of numbers.
    const memory = new ArrayBuffer(this.#rowBytes * capacity)
    this.#memory = memory
    this.generation++
    let at = 0
    const place = (bytes: number): number => {
      const start = at
      at += bytes * capacity
      return start
    }
    for (const f of this.#floats) f.values = moved(f.values, new Float64Array(memory, place(8), capacity), this.#rows)
    for (const f of this.#longs) f.values = moved(f.values, new BigInt64Array(memory, place(8), capacity), this.#rows)
    for (const f of this.#moments) f.values = moved(f.values, new BigInt64Array(memory, place(8), capacity), this.#rows)
    for (const f of this.#ints) f.values = moved(f.values, new Int32Array(memory, place(4), capacity), this.#rows)
    for (const f of this.#dates) f.values = moved(f.values, new Int32Array(memory, place(4), capacity), this.#rows)
    for (const f of this.#symbols) f.values = moved(f.values, new Int32Array(memory, place(4), capacity), this.#rows)
    for (const f of this.#bools) f.values = moved(f.values, new Uint8Array(memory, place(1), capacity), this.#rows)
    for (const f of this.#all) {
      if (f.validity) f.validity = moved(f.validity, allValid(capacity), (this.#rows + 7) >> 3)
    }
    this.#capacity = capacity
  }

  /** Continues with the memory of the previous batch, if any; the rows just taken keep theirs. */
  #renew(): void {
    const full = this.#rows === BATCH_ROWS
    this.#rows = 0
    this.#characters = 0
    this.#capacity = 0
    if (full) {
      this.#firstRows = BATCH_ROWS
      for (const f of this.#floats) this.#capacity = exchange(f, NO_FLOATS)
      for (const f of this.#ints) this.#capacity = exchange(f, NO_INTS)
      for (const f of this.#dates) this.#capacity = exchange(f, NO_INTS)
      for (const f of this.#symbols) this.#capacity = exchange(f, NO_INTS)
      for (const f of this.#longs) this.#capacity = exchange(f, NO_LONGS)
      for (const f of this.#moments) this.#capacity = exchange(f, NO_LONGS)
      for (const f of this.#bools) this.#capacity = exchange(f, NO_BYTES)
      const spare = this.#spare
      this.#spare = this.#memory
      this.#memory = spare
      this.generation++
    }
    for (const f of this.#texts) f.values = []
    for (const f of this.#all) {
      f.validity = undefined
      f.nullCount = 0
    }
  }

  /** Marks a null and returns its placeholder. */
  #null(filling: Filling<unknown>, at: number): 0 {
    const { column } = filling
    if (!column.nullable) throw noNullIn(column, this.#columns, this.rowInHand())
    filling.validity ??= allValid(this.#capacity)
    filling.validity[at >> 3] = (filling.validity[at >> 3] ?? 0) & ~(1 << (at & 7))
    filling.nullCount++
    return 0
  }

  #toFloat(filling: Filling<unknown>, value: unknown, at: number): number {
    if (isNull(filling.column, value)) {
      this.#null(filling, at)
      return Number.NaN
    }
    if (filling.column.computed && typeof value === 'number') return value
    const number = numberOf(value)
    // SQLite may store text and infinities in a numeric column; text as NaN would look like null.
    return number ?? this.#refuse(filling.column, value)
  }

  /** Anything but a small integer: a null, or a value of an undeclared type. */
  #toInt(filling: Filling<unknown>, value: unknown, at: number): number {
    if (isNull(filling.column, value)) return this.#null(filling, at)
    const number = numberOf(value)
    if (number === undefined || number !== (number | 0)) return this.#refuse(filling.column, value)
    return number | 0
  }

  /**
   * A date stored as text or number, or null. An empty text and the number 0 mean null in tables that stockdb does not
   * manage.
   */
  #toDays(filling: Filling<unknown>, value: unknown, at: number): number {
    const { dateFormat } = filling.column
    if (typeof value === 'number' && !this.#textDates && dateFormat === undefined) return value
    if (value === null || isNoDate(dateFormat, value)) return this.#null(filling, at)
    const isKept = typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
    const days = isKept ? daysOfStored(value, dateFormat) : undefined
    return days ?? this.#refuse(filling.column, value)
  }

  #toMoment(filling: Filling<unknown>, value: unknown, at: number): bigint {
    const { dateFormat } = filling.column
    if (value === null) return BigInt(this.#null(filling, at))
    if (typeof value === 'number' && !this.#textDates && dateFormat === undefined) return BigInt(value)
    if (isNoDate(dateFormat, value)) return BigInt(this.#null(filling, at))
    const isKept = typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
    // MySQL works out some datetimes as texts, in which zeros may be behind the fraction.
    const ms = !isKept
      ? undefined
      : this.#textDates || dateFormat !== undefined
        ? millisecondsOfStored(value, dateFormat)
        : millisecondsOfComputed(String(value))
    if (ms === undefined) return this.#refuse(filling.column, value)
    return BigInt(ms)
  }

  #toLong(filling: Filling<unknown>, value: unknown, at: number): bigint {
    if (isNull(filling.column, value)) return BigInt(this.#null(filling, at))
    return longOf(value) ?? this.#refuse(filling.column, value)
  }

  #toBool(filling: Filling<unknown>, value: unknown, at: number): 0 | 1 {
    if (isNull(filling.column, value)) return this.#null(filling, at)
    return boolOf(filling.column, value) ?? this.#refuse(filling.column, value)
  }

  #toCode(filling: SymbolFilling, value: unknown, at: number): number {
    const { dictionary } = filling
    if (value === dictionary.lastWord && value !== undefined) return dictionary.lastCode
    return value === null
      ? this.#null(filling, at)
      : codeOf(dictionary, symbolOf(filling.column, value) ?? this.#refuse(filling.column, value))
  }

  #addText(filling: Filling<(string | null)[]>, value: unknown, at: number): void {
    if (value === null) {
      this.#null(filling, at)
      filling.values.push(null)
      return
    }
    const text = textOf(filling.column, value) ?? this.#refuse(filling.column, value)
    this.#characters += text.length
    filling.values.push(text)
  }

  #refuse(column: ReadColumn, value: unknown): never {
    throw unfit(column, value, this.#columns, this.rowInHand())
  }
}
