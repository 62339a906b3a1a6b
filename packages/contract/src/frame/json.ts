import { StockdbError } from '../errors.ts'
import { ARROW_STREAM } from '../wire.ts'
import type { FrameMeta, FrameSource } from './batch.ts'
import { plainValues } from './values.ts'

/**
 * A frame in JSON: a two-dimensional array, rows outermost, the shape of Tushare's own HTTP API.
 *
 * A null is `null` in every column, int64 is text, and −0 becomes 0, because JSON knows no better.
 */
export interface JsonFrame {
  readonly fields: readonly string[]
  readonly items: readonly (readonly JsonValue[])[]
  readonly meta: FrameMeta
}

export type JsonValue = string | number | boolean | null

/**
 * Collects a frame as JSON. Throws `TOO_MANY_ROWS` as soon as there are more rows than `maxRows`: an answer is never
 * shortened.
 */
export async function collectJson(source: FrameSource, maxRows: number): Promise<JsonFrame> {
  const items: JsonValue[][] = []
  for await (const { batch, tail } of source.pieces) {
    if (items.length + batch.numRows > maxRows) {
      throw new StockdbError(
        'TOO_MANY_ROWS',
        `the answer has more than ${maxRows} rows, the most that JSON may have; ask for it with "Accept: ${ARROW_STREAM}", or narrow symbols, start, end, or set limit`,
      )
    }
    const columns = batch.vectors.map(plainValues)
    for (let row = 0; row < batch.numRows; row++) items.push(columns.map((column) => toJson(column[row] ?? null)))
    if (tail)
      return { fields: source.head.fields.map((field) => field.name), items, meta: { ...source.head.meta, ...tail } }
  }
  throw new StockdbError('INTERNAL', 'the answer ended without its tail')
}

function toJson(value: string | number | bigint | boolean | null): JsonValue {
  if (typeof value === 'bigint') return value.toString()
  return Number.isNaN(value) ? null : value
}
