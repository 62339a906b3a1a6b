import fc from 'fast-check'
import { millisecondsOf } from '../../src/dates.ts'
import { type FieldTypeName, fieldTypes } from '../../src/field-types.ts'
import { ArrowFrameEncoder } from '../../src/frame/arrow/encode/frame.ts'
import type { Batch, FrameChunk, FrameField, FrameHeader, FrameTrailer, Vector } from '../../src/frame/batch.ts'

/** A frame as a server makes it: everything that goes into an encoder. */
export interface WholeFrame {
  readonly header: FrameHeader
  readonly batches: readonly Batch[]
  readonly trailer: FrameTrailer
}

/** A value before it is put into a vector: its form on the wire, or null. */
type Cell = number | bigint | boolean | string | null

const cells: Record<FieldTypeName, fc.Arbitrary<Cell>> = {
  float64: fc.oneof(fc.double(), fc.constantFrom(-0, 5e-324, Number.MAX_VALUE, 2 ** 53, 0.1)),
  int32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  bool: fc.boolean(),
  date: fc.integer({ min: -354_285, max: 2_932_896 }),
  datetime: fc
    .integer({ min: millisecondsOf('1000-01-01 00:00:00'), max: millisecondsOf('9999-12-31 23:59:59.999') })
    .map(BigInt),
  symbol: fc.oneof(fc.constantFrom('600519.SH', '000001.SZ', '430047.BJ'), fc.string({ minLength: 1, maxLength: 8 })),
  text: fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom('', '平安银行', '\ufeffBOM', '😀', '\0'),
  ),
}

interface Column {
  readonly field: FrameField
  /** Batch by batch. */
  readonly cells: readonly (readonly Cell[])[]
}

/** Frames of every type, with nulls, with empty batches, with dictionaries that grow from batch to batch. */
export const anyFrame: fc.Arbitrary<WholeFrame> = fc
  .tuple(fc.array(fc.nat(20), { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 6 }))
  .chain(([lengths, width]) => fc.tuple(...Array.from({ length: width }, (_, index) => anyColumn(index, lengths))))
  .map(wholeFrame)

function anyColumn(index: number, lengths: readonly number[]): fc.Arbitrary<Column> {
  return fc
    .record({
      name: fc.oneof(fc.constant('close'), fc.string({ unit: 'grapheme', maxLength: 6 })),
      type: fc.constantFrom(...(Object.keys(fieldTypes) as FieldTypeName[])),
      nullable: fc.boolean(),
      unit: fc.option(fc.constantFrom('CNY', 'lots of 100 shares'), { nil: undefined }),
    })
    .chain(({ name, type, nullable, unit }) => {
      const cell = nullable ? fc.option(cells[type]) : cells[type]
      const field: FrameField = { name: `${name}${index}`, type, nullable, ...(unit === undefined ? {} : { unit }) }
      const batches = lengths.map((length) => fc.array(cell, { minLength: length, maxLength: length }))
      return fc.tuple(...batches).map((cells): Column => ({ field, cells }))
    })
}

function wholeFrame(columns: readonly Column[]): WholeFrame {
  const batches = columns[0]?.cells.map(({ length }, index): Batch => {
    return { numRows: length, vectors: columns.map((column) => vectorOf(column, index)) }
  }) as Batch[]
  return {
    header: {
      fields: columns.map(({ field }) => field),
      meta: { dataset: 'random', arguments: { symbols: ['平安'], limit: 7 }, adjust: 'qfq', anchor: '2024-01-02' },
    },
    batches,
    trailer: { rows: batches.reduce((rows, { numRows }) => rows + numRows, 0), complete: true },
  }
}

/** The vector of one batch; a dictionary has the entries of all batches up to this one. */
function vectorOf({ field: { type }, cells }: Column, batch: number): Vector {
  const own = cells[batch] ?? []
  const nulls = nullsOf(own)
  switch (type) {
    case 'float64':
      return { type, values: Float64Array.from(own, (cell) => (cell === null ? Number.NaN : Number(cell))), ...nulls }
    case 'int32':
    case 'date':
      return { type, values: Int32Array.from(own, Number), ...nulls }
    case 'int64':
    case 'datetime':
      return { type, values: BigInt64Array.from(own, (cell) => BigInt(cell ?? 0)), ...nulls }
    case 'bool':
      return { type, values: Uint8Array.from(own, Number), ...nulls }
    case 'text':
      return { type, values: own as (string | null)[], ...nulls }
    case 'symbol': {
      const words = cells.slice(0, batch + 1).flat()
      const dictionary = [...new Set(words.filter((word) => word !== null) as string[])]
      const codes = own.map((word) => (word === null ? 0 : dictionary.indexOf(word as string)))
      return { type, values: Int32Array.from(codes), dictionary, ...nulls }
    }
  }
}

/** As an engine leaves them: a bitmap with room for more rows than the batch has, none where nothing is null. */
function nullsOf(cells: readonly Cell[]): { validity: Uint8Array | undefined; nullCount: number } {
  const nullCount = cells.filter((cell) => cell === null).length
  if (nullCount === 0) return { validity: undefined, nullCount }
  const validity = new Uint8Array(32).fill(0xff)
  cells.forEach((cell, row) => {
    if (cell === null) validity[row >> 3] = (validity[row >> 3] ?? 0) & ~(1 << (row & 7))
  })
  return { validity, nullCount }
}

/** The bytes of a whole frame's stream, in the parts that the encoder gives out. */
export function encoded({ header, batches, trailer }: WholeFrame): Uint8Array[] {
  const encoder = new ArrowFrameEncoder(header)
  const chunks = batches.map(
    (batch, index): FrameChunk => (index === batches.length - 1 ? { batch, trailer } : { batch }),
  )
  return chunks.flatMap((chunk) => encoder.chunk(chunk))
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}
