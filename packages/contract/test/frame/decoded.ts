import { ArrowFrameDecoder } from '../../src/frame/arrow/decode.ts'
import { MessageSplitter } from '../../src/frame/arrow/messages.ts'
import type { Batch, FrameHead, FrameTail } from '../../src/frame/batch.ts'
import { plainValues } from '../../src/frame/values.ts'

/** What came of a stream of bytes. */
export interface DecodedFrame {
  head?: FrameHead
  tail?: FrameTail
  readonly batches: Batch[]
  /** Whether the end marker came. */
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
      if (part.head) frame.head = part.head
      frame.batches.push(part.batch)
      if (part.tail) frame.tail = part.tail
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
