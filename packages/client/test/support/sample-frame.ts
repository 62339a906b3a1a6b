import {
  ArrowFrameEncoder,
  type Batch,
  type ErrorBody,
  type FrameChunk,
  type FrameHeader,
} from '@stockdb/contract/wire'

/** Two columns of `daily`, as a server describes them. */
export const sampleHeader: FrameHeader = {
  fields: [
    { name: 'ts_code', type: 'symbol', nullable: false },
    { name: 'trade_date', type: 'date', nullable: false },
    { name: 'close', type: 'float64', nullable: true },
  ],
  meta: { dataset: 'daily', symbol: 'ts_code', date: 'trade_date', arguments: {} },
}

export const sampleBatch: Batch = {
  numRows: 2,
  vectors: [
    { type: 'symbol', values: Int32Array.of(0, 0), dictionary: ['600519.SH'], validity: undefined, nullCount: 0 },
    { type: 'date', values: Int32Array.of(19_724, 19_725), validity: undefined, nullCount: 0 },
    { type: 'float64', values: Float64Array.of(1_685, 1_694), validity: undefined, nullCount: 0 },
  ],
}

/** The response bytes of these chunks. */
export function answerOf(chunks: readonly FrameChunk[]): Buffer {
  const encoder = new ArrowFrameEncoder(sampleHeader)
  return Buffer.concat(chunks.flatMap((chunk) => encoder.chunk(chunk)))
}

/** An answer that is aborted after a batch: that batch, and the error at its end. */
export function brokenOff(error: ErrorBody): [batch: Buffer, error: Buffer] {
  const encoder = new ArrowFrameEncoder(sampleHeader)
  return [Buffer.concat(encoder.chunk({ batch: sampleBatch })), Buffer.concat(encoder.error(error))]
}
