import type { FrameChunk } from '@stockdb/contract/wire'
import { joinBytes } from '@stockdb/contract/wire'
import { LongAnswer, type WirePart, type WireParts } from './wire-answer.ts'

interface Options {
  /** The name of the state of the database before it was read. */
  readonly state: string | undefined
  /** If it has more, it is handed on alone. */
  readonly maxBytes: number
  readonly keep: (whole: WireParts) => void
  /** Called once, when nothing more comes. */
  readonly end: () => void
}

/** The same answer, handed on as it comes; at its end `keep` gets a copy. */
export function keptAtEnd(long: LongAnswer, { state, maxBytes, keep, end }: Options): LongAnswer {
  const { header, rest, encoder } = long
  let parts: WirePart[] | undefined = [...long.parts]
  let rows = long.parts.reduce((sum, part) => sum + part.rows, 0)
  let bytes = long.parts.reduce((sum, part) => sum + part.bytes.length, 0)
  const chunk = (next: FrameChunk): Uint8Array[] => {
    const encoded = encoder.chunk(next)
    bytes += encoded.reduce((sum, { length }) => sum + length, 0)
    if (bytes > maxBytes) parts = undefined
    if (!parts) return encoded
    // Copied, because the memory of a batch is used again for the next one.
    const part = joinBytes(encoded)
    rows += next.batch.numRows
    parts.push({ bytes: part, rows: next.batch.numRows })
    if (next.trailer) keep({ header, parts, rows, bytes })
    return [part]
  }
  let isOver = false
  const over = (): void => {
    parts = undefined
    if (!isOver) end()
    isOver = true
  }
  return new LongAnswer({
    header,
    parts: long.parts,
    state,
    encoder: { chunk, error: (body) => encoder.error(body) },
    rest: {
      next: () => rest.next(),
      async return(value) {
        over()
        return (await rest.return?.(value)) ?? { done: true, value: undefined }
      },
    },
  })
}
