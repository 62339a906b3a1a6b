import type { Batch, StockdbError, Vector } from '@stockdb/contract/wire'
import type { ReadColumn } from '../../engine/engine.ts'
import type { RepeatPlan } from '../../engine/repeat-plan.ts'
import { duplicateKey, shownValue } from './duplicate-key.ts'
import { adjacentEqual, alsoEqual, equalsBefore, type KeptRow, keepRow } from './equal-rows.ts'
import { keptRows } from './kept-rows.ts'
import { MixedRows } from './mixed-rows.ts'

type Column = Pick<ReadColumn, 'name' | 'type'>

/**
 * Finds repeated keys batch by batch. Rows come ordered by the key, so repeats are adjacent; if a database treats different
 * codes as equal and mixes their rows, all rows of one date are compared.
 *
 * A repeat throws `DUPLICATE_KEY` or is left out, as the dataset declares.
 */
export class Repeats {
  readonly #plan: RepeatPlan
  readonly #columns: readonly Column[]
  readonly #key: readonly number[]
  readonly #all: readonly number[]
  readonly #order: number
  /** The number of rows still to check; rows behind a limit do not belong to the answer. */
  #left: number
  #before: KeptRow | undefined
  /** Whether all rows of this key so far share the order of the first one. */
  #tied = true
  readonly #mixed: MixedRows | undefined

  constructor(plan: RepeatPlan, columns: readonly Column[], limit = Number.POSITIVE_INFINITY) {
    const { key, onDuplicate } = plan
    this.#plan = plan
    this.#columns = columns
    this.#left = limit
    const places = key.map((name) => columns.findIndex((column) => column.name === name))
    if (places.includes(-1)) throw new TypeError(`the read of ${plan.dataset} lacks a field of its key`)
    // Dates first, then codes: few rows remain to be compared in the other columns.
    this.#key = places.toSorted((a, b) => cost(columns[a]) - cost(columns[b]))
    this.#all = columns.map((_, at) => at)
    this.#order = typeof onDuplicate === 'object' ? columns.findIndex(({ name }) => name === onDuplicate.order) : -1
    this.#mixed = plan.symbol === undefined ? undefined : new MixedRows(this.#key, columns, plan.symbol)
  }

  /** The rows of the batch without repeats: the batch itself if none is left out. */
  take(batch: Batch): Batch {
    const repeated = this.#repeated(batch)
    const rows = repeated.filter((row) => row < this.#left)
    this.#left -= batch.numRows
    if (rows.length === 0 && batch.numRows > 0) this.#tied = true
    const dropped = rows.length === 0 ? batch : this.#without(batch, rows)
    if (batch.numRows > 0) this.#before = keepRow(batch, batch.numRows - 1)
    return dropped
  }

  /** Rows whose key is that of the row before them. */
  #repeated(batch: Batch): number[] {
    const { numRows, vectors } = batch
    if (numRows === 0) return []
    const [first = 0, second] = this.#key
    let found = adjacentEqual(batch, first)
    const codes = second === undefined ? undefined : vectors[second]?.values
    if (codes instanceof Int32Array) found = alsoEqual(codes, found)
    const rows = Array.from(found).filter((row) => equalsBefore(batch, row, this.#key, undefined))
    if (equalsBefore(batch, 0, this.#key, this.#before)) rows.unshift(0)
    const mixed = this.#mixed?.find(batch)
    if (mixed !== undefined && mixed < this.#left) throw this.#error(batch, mixed)
    return rows
  }

  #without(batch: Batch, repeated: readonly number[]): Batch {
    const dropped = new Uint8Array(batch.numRows)
    let last = -1
    for (const row of repeated) {
      if (row !== last + 1) this.#tied = true
      last = row
      if (!this.#mayDrop(batch, row)) throw this.#error(batch, row)
      dropped[row] = 1
    }
    if (last !== batch.numRows - 1) this.#tied = true
    return keptRows(batch, dropped)
  }

  /** Whether a row can be dropped: the answer is the same without it, or the dataset declares that another row counts. */
  #mayDrop(batch: Batch, row: number): boolean {
    const { onDuplicate } = this.#plan
    const equal = (columns: readonly number[]): boolean => equalsBefore(batch, row, columns, this.#before)
    if (onDuplicate === 'identical') return equal(this.#all)
    if (onDuplicate === undefined) return false
    this.#tied &&= equal([this.#order])
    return !this.#tied || equal(this.#all)
  }

  #error({ vectors }: Batch, row: number): StockdbError {
    const { dataset, table, key, onDuplicate } = this.#plan
    const values = key.map((name) => {
      const at = this.#columns.findIndex((column) => column.name === name)
      return `${name} ${shownValue(vectors[at] as Vector, row)}`
    })
    return duplicateKey({ dataset, table, onDuplicate }, values)
  }
}

const COSTS = ['date', 'symbol', 'datetime', 'int32', 'bool', 'int64', 'float64', 'text']
const cost = (column: Column | undefined): number => COSTS.indexOf(column?.type ?? 'text')
