import type { FrameSource } from '@stockdb/contract/wire'
import { ArrowFrameEncoder, joinBytes, StockdbError } from '@stockdb/contract/wire'
import { LongAnswer, type WirePart, type WireParts } from './wire-answer.ts'

/** Encodes an answer until its end, or until it has more than `maxBytes`. */
export async function encodeWhole(source: FrameSource, maxBytes: number): Promise<WireParts | LongAnswer> {
  const { header } = source
  const rest = source.chunks[Symbol.asyncIterator]()
  const encoder = new ArrowFrameEncoder(header)
  const parts: WirePart[] = []
  let [rows, bytes] = [0, 0]
  try {
    for (let next = await rest.next(); !next.done; next = await rest.next()) {
      const { batch, trailer } = next.value
      // Copied, because the memory of a batch is used again for the next one.
      const part = joinBytes(encoder.chunk(next.value))
      parts.push({ bytes: part, rows: batch.numRows })
      rows += batch.numRows
      bytes += part.length
      if (trailer) {
        await rest.return?.()
        return { header, parts, rows, bytes }
      }
      if (bytes > maxBytes) return new LongAnswer({ header, parts, rest, encoder })
    }
    throw new StockdbError('INTERNAL', 'the answer ended without its trailer')
  } catch (error) {
    await rest.return?.()
    throw error
  }
}
