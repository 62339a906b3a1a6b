import { StockdbError } from '../errors.ts'
import { ARROW_STREAM } from '../protocol.ts'
import type { FrameMeta, FrameSource } from './batch.ts'
import { plainValues } from './values.ts'

/**
 * A frame in JSON: an array of rows, the shape of Tushare's own HTTP API.
 *
 * A null is `null` in every column, int64 is text, and −0 becomes 0, because of the limits of JSON.
 */
export interface JsonFrame {
  readonly fields: readonly string[]
  readonly items: readonly (readonly JsonValue[])[]
  readonly meta: FrameMeta
}

/** A value of a row in JSON. */
export type JsonValue = string | number | boolean | null

/** Limits of an answer in JSON, which is held in memory completely. */
export interface JsonLimits {
  readonly maxRows: number
  /** Rows × fields. */
  readonly maxValues: number
}

/**
 * Collects a frame as JSON, and reports the number of values of each batch to `onValues`. Throws `TOO_MANY_ROWS` as
 * soon as `limits` are exceeded: an answer is never truncated.
 */
export async function collectJson(
  source: FrameSource,
  { maxRows, maxValues }: JsonLimits,
  onValues: (count: number) => void = () => {},
): Promise<JsonFrame> {
  const items: JsonValue[][] = []
  const width = source.header.fields.length
  for await (const { batch, trailer } of source.chunks) {
    const rows = items.length + batch.numRows
    if (rows > maxRows) throw tooMany(`${maxRows} rows`)
    if (rows * width > maxValues) throw tooMany(`${maxValues} values in its ${width} fields`, 'fewer fields')
    onValues(batch.numRows * width)
    const columns = batch.vectors.map(plainValues)
    for (let row = 0; row < batch.numRows; row++) items.push(columns.map((column) => toJson(column[row] ?? null)))
    if (trailer)
      return {
        fields: source.header.fields.map((field) => field.name),
        items,
        meta: { ...source.header.meta, ...trailer },
      }
  }
  throw new StockdbError('INTERNAL', 'the answer ended without its trailer')
}

function tooMany(what: string, ...narrower: string[]): StockdbError {
  const ways = ['narrow symbols, start, end', ...narrower, 'set limit'].join(', or ')
  return new StockdbError(
    'TOO_MANY_ROWS',
    `the answer has more than ${what}, the maximum for JSON; request it with "Accept: ${ARROW_STREAM}", or ${ways}`,
  )
}

function toJson(value: string | number | bigint | boolean | null): JsonValue {
  if (typeof value === 'bigint') return value.toString()
  return Number.isNaN(value) ? null : value
}
