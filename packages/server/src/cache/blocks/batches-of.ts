import type { Batch, Vector } from '@stockdb/contract/wire'
import { isValid } from '@stockdb/contract/wire'
import { BATCH_ROWS } from '../../engine/batch-builder.ts'
import type { ReadBatch, ReadColumn } from '../../engine/engine.ts'
import { FACTOR_COLUMN } from '../../plan/adjust/factor.ts'
import type { AskedRows } from './asked-rows.ts'
import type { BlockColumn, Numbers, Piece } from './block.ts'
import { emptyOf, setNull } from './collect-blocks.ts'
import type { FoundRows } from './find-rows.ts'
import { within } from './pieces.ts'

/** Where a part of some rows goes in a batch. */
interface Place {
  readonly from: FoundRows
  /** Rows of it that are in earlier batches, and those in this one. */
  readonly skip: number
  readonly rows: number
}

/** The rows that were found, in batches as a read of the database gives them. Everything is copied: blocks never change. */
export function* batchesOf(
  { dataset, fields }: AskedRows,
  columns: readonly ReadColumn[],
  found: readonly FoundRows[],
): Generator<ReadBatch, void, undefined> {
  const words: string[] = []
  let [at, skip] = [0, 0]
  while (true) {
    const places: Place[] = []
    let rows = 0
    while (at < found.length && rows < BATCH_ROWS) {
      const from = found[at] as FoundRows
      const taken = Math.min(from.rows - skip, BATCH_ROWS - rows)
      places.push({ from, skip, rows: taken })
      if (words.at(-1) !== from.symbol) words.push(from.symbol)
      rows += taken
      skip += taken
      if (skip === from.rows) [at, skip] = [at + 1, 0]
    }
    const first = words.length - new Set(places.map(({ from }) => from.symbol)).size
    const vectors = columns.map(({ name, type }): Vector => {
      if (name === dataset.symbol) return symbolsOf(places, rows, words, first)
      if (name === dataset.date) return daysOf(places, rows)
      if (name === FACTOR_COLUMN) return factorsOf(places, rows, dataset.adjustment?.factor ?? '')
      return vectorOf(type, places, rows, fields.indexOf(name))
    })
    const last = rows < BATCH_ROWS
    yield { batch: { numRows: rows, vectors }, last }
    if (last) return
  }
}

/** The greatest date that was found, as the database answers the question for it. */
export function lastDateOf(found: readonly FoundRows[]): Batch {
  const day = found.reduce(
    (most, { days, at, rows }) => Math.max(most, days[at + rows - 1] as number),
    Number.NEGATIVE_INFINITY,
  )
  const isNone = day === Number.NEGATIVE_INFINITY
  const nulls = isNone ? { validity: Uint8Array.of(0xfe), nullCount: 1 } : { validity: undefined, nullCount: 0 }
  return { numRows: 1, vectors: [{ type: 'date', values: Int32Array.of(isNone ? 0 : day), ...nulls }] }
}

function symbolsOf(places: readonly Place[], rows: number, words: readonly string[], first: number): Vector {
  const values = new Int32Array(rows)
  let [at, code] = [0, first]
  for (const { from, rows: count } of places) {
    if (words[code] !== from.symbol) code++
    values.fill(code, at, at + count)
    at += count
  }
  return { type: 'symbol', values, dictionary: words.slice(), validity: undefined, nullCount: 0 }
}

function daysOf(places: readonly Place[], rows: number): Vector {
  const values = new Int32Array(rows)
  let into = 0
  for (const { from, skip, rows: count } of places) {
    values.set(from.days.subarray(from.at + skip, from.at + skip + count), into)
    into += count
  }
  return { type: 'date', values, validity: undefined, nullCount: 0 }
}

function vectorOf(type: ReadColumn['type'], places: readonly Place[], rows: number, column: number): Vector {
  let values: Numbers | undefined
  let validity: Uint8Array | undefined
  let [into, nullCount] = [0, 0]
  for (const { from, skip, rows: count } of places) {
    const source = from.columns[column] as { readonly column: BlockColumn; readonly at: number }
    const first = source.at + skip
    values ??= emptyOf(source.column.values, rows)
    values.set(source.column.values.subarray(first, first + count) as never, into)
    if (source.column.validity)
      for (let row = 0; row < count; row++) {
        if (isValid(source.column, first + row)) continue
        validity ??= new Uint8Array((rows + 7) >> 3).fill(0xff)
        setNull(validity, into + row)
        nullCount++
      }
    into += count
  }
  return { type, values: values ?? noneOf(type), validity, nullCount } as Vector
}

function noneOf(type: ReadColumn['type']): Numbers {
  if (type === 'float64') return new Float64Array()
  if (type === 'bool') return new Uint8Array()
  return type === 'int64' || type === 'datetime' ? new BigInt64Array() : new Int32Array()
}

/** The factor of each row: the last one on or before its day that is not null. */
function factorsOf(places: readonly Place[], rows: number, field: string): Vector {
  const values = new Float64Array(rows)
  let validity: Uint8Array | undefined
  let [into, nullCount] = [0, 0]
  for (const { from, skip, rows: count } of places) {
    const { factors, days } = from
    const steps = new FactorSteps(factors, field)
    for (let row = 0; row < count; row++) {
      const factor = steps.at(days[from.at + skip + row] as number)
      values[into + row] = factor ?? Number.NaN
      if (factor !== undefined) continue
      validity ??= new Uint8Array((rows + 7) >> 3).fill(0xff)
      setNull(validity, into + row)
      nullCount++
    }
    into += count
  }
  return { type: 'float64', values, validity, nullCount }
}

/** The factors of a symbol in some pieces, day after day. */
class FactorSteps {
  readonly #pieces: readonly Piece[]
  readonly #field: string
  #piece = 0
  #days: Int32Array | undefined
  #column: BlockColumn | undefined
  #next = 0
  #end = 0
  #factor: number | undefined

  constructor(pieces: readonly Piece[], field: string) {
    this.#pieces = pieces
    this.#field = field
    this.#open(Number.NEGATIVE_INFINITY)
  }

  /** That of a day, which is not before the one asked for last. */
  at(day: number): number | undefined {
    while (true) {
      for (; this.#next < this.#end && (this.#days?.[this.#next] as number) <= day; this.#next++)
        if (this.#column && isValid(this.#column, this.#next)) this.#factor = this.#column.values[this.#next] as number
      const { to } = this.#pieces[this.#piece] ?? { to: Number.POSITIVE_INFINITY }
      if (this.#next < this.#end || day <= to) return this.#factor
      this.#piece++
      this.#open(to + 1)
    }
  }

  /** Pieces may have days in common, which are taken from the earlier one. */
  #open(from: number): void {
    const piece = this.#pieces[this.#piece]
    this.#days = piece?.block.days
    this.#column = piece?.block.columns.get(this.#field)
    ;[this.#next, this.#end] = piece ? within(piece, from, Number.POSITIVE_INFINITY) : [0, 0]
  }
}
