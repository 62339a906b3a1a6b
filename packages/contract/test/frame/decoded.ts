import { ArrowFrameDecoder } from '../../src/frame/arrow/decode/frame.ts'
import { MessageSplitter } from '../../src/frame/arrow/decode/message.ts'
import type { Batch, FrameHeader, FrameTrailer } from '../../src/frame/batch.ts'
import { plainValues } from '../../src/frame/values.ts'

/** The result of decoding a stream of bytes. */
export interface DecodedFrame {
  header?: FrameHeader
  trailer?: FrameTrailer
  readonly batches: Batch[]
  /** Whether the end marker was received. */
  ended: boolean
}

/** Reads a stream as a client does, chunk by chunk. */
export function decoded(chunks: Iterable<Uint8Array>): DecodedFrame {
  const splitter = new MessageSplitter()
  const decoder = new ArrowFrameDecoder()
  const frame: DecodedFrame = { batches: [], ended: false }
  for (const chunk of chunks) {
    for (const message of splitter.push(chunk)) {
      const part = decoder.decode(message)
      if (part.kind !== 'batch') continue
      if (part.header) frame.header = part.header
      frame.batches.push(part.batch)
      if (part.trailer) frame.trailer = part.trailer
    }
  }
  frame.ended = splitter.ended
  return frame
}

/** Columns as people read them, all batches together. */
export function plainColumns(batches: readonly Batch[]): unknown[][] {
  const width = batches[0]?.vectors.length ?? 0
  return Array.from({ length: width }, (_, index) =>
    batches.flatMap((batch) => {
      const vector = batch.vectors[index]
      return vector ? Array.from<unknown>(plainValues(vector)) : []
    }),
  )
}
