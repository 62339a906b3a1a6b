import type { Batch, FrameField, FrameHeader, Vector } from '@stockdb/contract/wire'
import { ArrowFrameEncoder } from '@stockdb/contract/wire'
import { errorOf } from '../errors.ts'
import { type ColumnBatch, columnsOf } from './columns-of.ts'

/** Rows of one message, so that neither side holds many. */
const BATCH_ROWS = 16_384

/** How a column travels: the server knows the types of its fields, the client only the values. */
type Kind = 'float64' | 'int32' | 'int64' | 'bool' | 'text' | 'json'

/**
 * Writes batches as an Arrow stream, the same bytes for the same batches. The first batch says how a column travels; one without
 * a value, or of several kinds, travels as JSON.
 */
export async function* encodeRows(
  dataset: string,
  batches: Iterable<unknown> | AsyncIterable<unknown>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let writer: RowWriter | undefined
  for await (const given of batches) {
    const batch = columnsOf(given)
    if (batch.numRows === 0) continue
    writer ??= new RowWriter(dataset, batch)
    for (let from = 0; from < batch.numRows; from += BATCH_ROWS) yield* writer.add(batch, from)
  }
  yield* (writer ?? new RowWriter(dataset, { names: [], columns: [], numRows: 0 })).end()
}

class RowWriter {
  readonly #names: readonly string[]
  readonly #kinds: readonly Kind[]
  readonly #encoder: ArrowFrameEncoder
  /** Held back until the next one comes: the last one carries the number of rows. */
  #held: Batch | undefined
  #rows = 0

  constructor(dataset: string, { names, columns }: ColumnBatch) {
    this.#names = names
    this.#kinds = columns.map(kindOf)
    const fields = names.map((name, at): FrameField => {
      const kind = this.#kinds[at] as Kind
      return { name, type: kind === 'json' ? 'text' : kind, nullable: true }
    })
    const json = names.filter((_, at) => this.#kinds[at] === 'json')
    const header: FrameHeader = { fields, meta: { dataset, arguments: { json } } }
    this.#encoder = new ArrowFrameEncoder(header)
  }

  add({ names, columns, numRows }: ColumnBatch, from: number): Uint8Array[] {
    const until = Math.min(numRows, from + BATCH_ROWS)
    const other = [...this.#names, ...names].find((name) => !this.#names.includes(name) || !names.includes(name))
    if (other !== undefined)
      throw errorOf('INVALID_INPUT', `rows: got ${other} in only some batches; expected the same fields in all of them`)
    const vectors = this.#names.map((name, at) =>
      vectorOf(
        this.#kinds[at] as Kind,
        columns[names.indexOf(name)] as ArrayLike<unknown>,
        from,
        until,
        name,
        this.#rows,
      ),
    )
    this.#rows += until - from
    const before = this.#held
    this.#held = { numRows: until - from, vectors }
    return before ? this.#encoder.chunk({ batch: before }) : []
  }

  end(): Uint8Array[] {
    const batch = this.#held ?? { numRows: 0, vectors: [] }
    return this.#encoder.chunk({ batch, trailer: { rows: this.#rows, complete: true } })
  }
}

function kindOf(column: ArrayLike<unknown>): Kind {
  if (column instanceof Float64Array || column instanceof Float32Array) return 'float64'
  if (column instanceof BigInt64Array) return 'int64'
  if (column instanceof Int32Array || column instanceof Int16Array || column instanceof Int8Array) return 'int32'
  if (column instanceof Uint16Array || column instanceof Uint8Array) return 'int32'
  const types = new Set<string>()
  for (let row = 0; row < column.length; row++) {
    const value = column[row]
    if (value !== null && value !== undefined) types.add(typeof value)
  }
  const [only, second] = types
  if (second !== undefined) return 'json'
  const kinds: Readonly<Record<string, Kind>> = { number: 'float64', bigint: 'int64', boolean: 'bool', string: 'text' }
  return kinds[only ?? ''] ?? 'json'
}

function vectorOf(
  kind: Kind,
  column: ArrayLike<unknown>,
  from: number,
  until: number,
  name: string,
  before: number,
): Vector {
  const length = until - from
  const none = { validity: undefined, nullCount: 0 }
  if (kind === 'float64') {
    if (column instanceof Float64Array) return { type: kind, values: column.subarray(from, until), ...none }
    const values = Float64Array.from({ length }, (_, row) => {
      const value = column[from + row] ?? Number.NaN
      return typeof value === 'number' ? value : refuse(name, before + row, value, 'a number')
    })
    return { type: kind, values, ...none }
  }
  const { at, ...nulls } = presence(column, from, length)
  switch (kind) {
    case 'int32':
      return {
        type: kind,
        values: Int32Array.from({ length }, (_, row) => Number(at(row) ?? 0)),
        ...nulls,
      }
    case 'int64':
      return {
        type: kind,
        values: BigInt64Array.from({ length }, (_, row) => {
          const value = at(row) ?? 0n
          const whole = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
          if (typeof whole !== 'bigint' || BigInt.asIntN(64, whole) !== whole)
            return refuse(name, before + row, value, 'a bigint of 64 bits')
          return whole
        }),
        ...nulls,
      }
    case 'bool':
      return {
        type: kind,
        values: Uint8Array.from({ length }, (_, row) => {
          const value = at(row) ?? false
          return typeof value === 'boolean' ? Number(value) : refuse(name, before + row, value, 'true or false')
        }),
        ...nulls,
      }
    case 'text':
      return {
        type: kind,
        values: Array.from({ length }, (_, row) => {
          const value = at(row) ?? null
          return value === null || typeof value === 'string' ? value : refuse(name, before + row, value, 'text')
        }),
        ...nulls,
      }
    case 'json':
      return { type: 'text', values: Array.from({ length }, (_, row) => jsonOf(at(row))), ...nulls }
  }
}

/** Which values are there, as a bitmap, least significant bit first. */
function presence(column: ArrayLike<unknown>, from: number, length: number) {
  const at = (row: number): unknown => column[from + row] ?? undefined
  const validity = new Uint8Array((length + 7) >> 3)
  let nullCount = 0
  for (let row = 0; row < length; row++) {
    if (at(row) === undefined) nullCount++
    else validity[row >> 3] = (validity[row >> 3] as number) | (1 << (row & 7))
  }
  return { at, nullCount, validity: nullCount > 0 ? validity : undefined }
}

/** JSON knows neither bigints nor −0. */
function jsonOf(value: unknown): string | null {
  if (value === undefined) return null
  if (typeof value === 'bigint') return JSON.stringify(String(value))
  return Object.is(value, -0) ? '-0' : JSON.stringify(value)
}

function refuse(name: string, row: number, value: unknown, expected: string): never {
  throw errorOf(
    'INVALID_INPUT',
    `rows: row ${row + 1}, ${name}: got ${String(value)}; expected ${expected}, as in the first batch`,
  )
}
