import type { Dataset } from '@stockdb/contract'
import { dateOf, datetimeOf, kindOf, MS_PER_DAY } from '@stockdb/contract/internal'
import type { Message } from '@stockdb/contract/wire'
import { StockdbError, WIRE_VERSION_KEY } from '@stockdb/contract/wire'
import { type Column, type DataType, type Schema, type Table, tableFromIPC } from '@uwdata/flechette'
import type { RowBatch } from './row-source.ts'

/** Types of the Arrow format: `Schema.fbs`. */
const DATE = 8
const TIMESTAMP = 10
const CONTINUATION = 0xffffffff

/** Reads a standard Arrow IPC stream message by message, from any writer: pyarrow, Polars, DuckDB. */
export class PlainArrowReader {
  /** The columns of the stream, once its schema has come. */
  fields: readonly string[] = []
  readonly #dataset: Dataset
  #schema: Uint8Array | undefined
  /** The dictionaries that hold now, by their ids. */
  readonly #dictionaries = new Map<number, readonly Uint8Array[]>()

  constructor(dataset: Dataset) {
    this.#dataset = dataset
  }

  /** Whether the schema of a stream is that of a stockdb client, which adds types and checksums. */
  static isOfStockdb({ metadata }: Message): boolean {
    return Buffer.from(metadata.buffer, metadata.byteOffset, metadata.length).includes(WIRE_VERSION_KEY)
  }

  /** The rows of a message; `undefined` for one that only prepares others. */
  take(message: Message): RowBatch | undefined {
    const bytes = framed(message)
    const kind = kindOf(message)
    if (kind.kind === 'schema') {
      if (this.#schema) return undefined
      this.#schema = bytes
      const { schema } = tableFromIPC([bytes])
      this.fields = schema.fields.map(({ name }) => name)
      refuseZones(schema)
      return undefined
    }
    if (!this.#schema) throw new TypeError('a batch came before the schema')
    if (kind.kind === 'dictionary') {
      const before = kind.adds ? (this.#dictionaries.get(kind.id) ?? []) : []
      this.#dictionaries.set(kind.id, [...before, bytes])
      return undefined
    }
    const table = tableFromIPC([this.#schema, ...[...this.#dictionaries.values()].flat(), bytes], { useBigInt: true })
    return { numRows: table.numRows, columns: this.fields.map((name, at) => this.#column(table, name, at)) }
  }

  #column(table: Table, name: string, at: number): ArrayLike<unknown> {
    const column = table.getChildAt(at) as Column<unknown>
    const type = this.#dataset.fields[name]?.type
    const { typeId } = column.type as DataType
    const values = column.toArray()
    if (typeId !== DATE && typeId !== TIMESTAMP) return values
    return Array.from(values, (ms) => (typeof ms === 'number' ? momentOf(ms, type) : ms))
  }
}

/** A date or a date with a time as texts say it; what does not fit the field stays a number, which the field then refuses. */
function momentOf(ms: number, type: string | undefined): unknown {
  if (type === 'datetime') return Number.isInteger(ms) ? datetimeOf(ms) : ms
  return ms % MS_PER_DAY === 0 ? dateOf(ms / MS_PER_DAY) : datetimeOf(Math.floor(ms))
}

/** A moment in a zone is not the date and time that a field holds. */
function refuseZones({ fields }: Schema): void {
  for (const { name, type } of fields) {
    const { timezone } = type as { readonly timezone?: string | null }
    if (type.typeId === TIMESTAMP && timezone)
      throw new StockdbError(
        'INVALID_INPUT',
        `${name}: got timestamps in the zone ${timezone}; expected them without a zone`,
      )
  }
}

function framed({ metadata, body }: Message): Uint8Array {
  const bytes = new Uint8Array(8 + metadata.length + body.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, CONTINUATION, true)
  view.setInt32(4, metadata.length, true)
  bytes.set(metadata, 8)
  bytes.set(body, 8 + metadata.length)
  return bytes
}
