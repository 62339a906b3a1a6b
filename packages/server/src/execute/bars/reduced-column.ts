import type { FieldTypeName } from '@stockdb/contract'
import { isValid, StockdbError, type Vector } from '@stockdb/contract/wire'
import type { Reduction } from '../../plan/bars/bar-plan.ts'
import { floatVector, nullsOf } from '../nulls.ts'

type Scalar = number | bigint | string

/** A column of bars under construction: the value of the current bar, and those of the bars before it. */
export interface ReducedColumn {
  /** Adds rows of the current bar, `from` inclusive to `to` exclusive. Nulls are skipped. */
  take(vector: Vector, from: number, to: number): void
  /** Completes the current bar. */
  close(): void
  /** The column of the bars completed since the last call. */
  vector(): Vector
}

export function reducedColumn(name: string, type: FieldTypeName, reduction: Reduction): ReducedColumn {
  return type === 'float64' ? new FloatColumn(reduction) : new ValueColumn(name, type, reduction)
}

/** Doubles, with NaN for null. */
class FloatColumn implements ReducedColumn {
  readonly #reduction: Reduction
  #value = Number.NaN
  #closed: number[] = []

  constructor(reduction: Reduction) {
    this.#reduction = reduction
  }

  take(vector: Vector, from: number, to: number): void {
    if (vector.type !== 'float64') throw new TypeError(`a column of ${vector.type} came for one of float64`)
    const { values } = vector
    let value = this.#value
    for (let row = from; row < to; row++) {
      const next = values[row] as number
      if (Number.isNaN(next)) continue
      if (Number.isNaN(value)) value = next
      else if (this.#reduction === 'sum') value += next
      else if (replaces(this.#reduction, next, value)) value = next
    }
    this.#value = value
  }

  close(): void {
    this.#closed.push(this.#value)
    this.#value = Number.NaN
  }

  vector(): Vector {
    const values = Float64Array.from(this.#closed)
    this.#closed = []
    return floatVector(values)
  }
}

/** Every other type. */
class ValueColumn implements ReducedColumn {
  readonly #name: string
  readonly #type: FieldTypeName
  readonly #reduction: Reduction
  #value: Scalar | null = null
  #closed: (Scalar | null)[] = []
  /** Of a column of symbols. */
  #dictionary: readonly string[] = []

  constructor(name: string, type: FieldTypeName, reduction: Reduction) {
    this.#name = name
    this.#type = type
    this.#reduction = reduction
  }

  take(vector: Vector, from: number, to: number): void {
    // Codes stay the same: the dictionary of an answer only grows.
    if (vector.type === 'symbol') this.#dictionary = vector.dictionary
    for (let row = from; row < to; row++) {
      if (!isValid(vector, row)) continue
      const next = vector.values[row] as Scalar | null
      if (next === null) continue
      const value = this.#value
      if (value === null) this.#value = next
      else if (this.#reduction === 'sum') this.#value = plus(value, next)
      else if (replaces(this.#reduction, next, value)) this.#value = next
    }
  }

  close(): void {
    this.#closed.push(this.#value)
    this.#value = null
  }

  vector(): Vector {
    const closed = this.#closed
    this.#closed = []
    const nulls = nullsOf(Float64Array.from(closed, (value) => (value === null ? Number.NaN : 0)))
    const whole = { values: closed, ...nulls }
    const numbers = () => Int32Array.from(closed, (value) => this.#whole(value))
    switch (this.#type) {
      case 'int64':
      case 'datetime':
        return { ...whole, type: this.#type, values: BigInt64Array.from(closed, (value) => this.#long(value)) }
      case 'symbol':
        return { ...whole, type: 'symbol', values: numbers(), dictionary: this.#dictionary }
      case 'bool':
        return { ...whole, type: 'bool', values: Uint8Array.from(closed, Number) }
      case 'text':
        return { ...whole, type: 'text', values: closed as (string | null)[] }
      default:
        return { ...whole, type: this.#type as 'int32' | 'date', values: numbers() }
    }
  }

  #whole(value: Scalar | null): number {
    const number = Number(value ?? 0)
    if (number !== (number | 0)) throw this.#tooLarge()
    return number
  }

  #long(value: Scalar | null): bigint {
    const long = BigInt(value ?? 0)
    if (long !== BigInt.asIntN(64, long)) throw this.#tooLarge()
    return long
  }

  #tooLarge(): StockdbError {
    const message = `freq: the sum of ${this.#name} over a bar is too large for ${this.#type}; ask for shorter bars, or leave it out`
    return new StockdbError('INVALID_INPUT', message)
  }
}

function replaces<Value extends Scalar>(reduction: Reduction, next: Value, value: Value): boolean {
  return reduction === 'last' || (reduction === 'max' && next > value) || (reduction === 'min' && next < value)
}

const plus = (value: Scalar, next: Scalar): Scalar =>
  typeof value === 'bigint' ? value + BigInt(next) : Number(value) + Number(next)
