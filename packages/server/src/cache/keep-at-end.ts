import type { FrameChunk } from '@stockdb/contract/wire'
import { joinBytes } from '@stockdb/contract/wire'
import type { Room } from './running-reads.ts'
import { LongAnswer, type WirePart, type WireParts } from './wire-answer.ts'

interface Options {
  /** What clients keep it by. */
  readonly state: string | undefined
  /** If it takes more, it is handed on alone. */
  readonly room: Room
  readonly keep: (whole: WireParts) => void
}

/** The same answer, handed on as it comes; at its end `keep` gets a copy. */
export function keptAtEnd(long: LongAnswer, { state, room, keep }: Options): LongAnswer {
  const { header, rest, encoder } = long
  let parts: WirePart[] | undefined = [...long.parts]
  let rows = long.parts.reduce((sum, part) => sum + part.rows, 0)
  let bytes = long.parts.reduce((sum, part) => sum + part.bytes.length, 0)
  const leave = (): void => {
    parts = undefined
    room.release()
  }
  if (!room.take(bytes)) leave()
  const chunk = (next: FrameChunk): Uint8Array[] => {
    const encoded = encoder.chunk(next)
    const length = encoded.reduce((sum, part) => sum + part.length, 0)
    if (parts && !room.take(length)) leave()
    if (!parts) return encoded
    // Copied, because the memory of a batch is used again for the next one.
    const part = joinBytes(encoded)
    rows += next.batch.numRows
    bytes += length
    parts.push({ bytes: part, rows: next.batch.numRows })
    if (next.trailer) {
      keep({ header, parts, rows, bytes })
      leave()
    }
    return [part]
  }
  return new LongAnswer({
    header,
    parts: long.parts,
    state,
    encoder: { chunk, error: (body) => encoder.error(body) },
    rest: {
      next: () => rest.next(),
      async return(value) {
        leave()
        return (await rest.return?.(value)) ?? { done: true, value: undefined }
      },
    },
  })
}
