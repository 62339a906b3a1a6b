import { ArrowFrameEncoder, joinBytes } from '@stockdb/contract/wire'
import { collectFrame, type IncomingBatch } from '../links/frame-reader.ts'

/** After the Arrow stream come a description of it, its length in four bytes, and this. */
const MARK = new TextEncoder().encode('stkdb1')
const LENGTH_BYTES = 4
const never = new AbortController().signal

/** What a file says of its answer. */
export interface Description {
  readonly key: string
  readonly state: string
  readonly asOf: string
  readonly sha256: string
}

/** The bytes of a file: an answer as an Arrow stream, and its description. */
export function writeAnswer(arrow: Uint8Array, description: Description): Uint8Array {
  const about = new TextEncoder().encode(JSON.stringify(description))
  const length = new Uint8Array(LENGTH_BYTES)
  new DataView(length.buffer).setUint32(0, about.length, true)
  return joinBytes([arrow, about, length, MARK])
}

/** The parts of a file; `undefined` if it is not one, or is cut off. */
export function readAnswer(
  bytes: Uint8Array<ArrayBuffer>,
): { arrow: Uint8Array<ArrayBuffer>; about: Description } | undefined {
  const marked = bytes.length - MARK.length
  const end = marked - LENGTH_BYTES
  if (end < 0 || MARK.some((byte, at) => bytes[marked + at] !== byte)) return undefined
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(end, true)
  if (length > end) return undefined
  const about = JSON.parse(new TextDecoder().decode(bytes.subarray(end - length, end))) as Description
  // In memory of its own, so that its columns are aligned.
  return { arrow: bytes.slice(0, end - length), about }
}

/** Batches as an Arrow stream. */
export function encodeBatches(batches: readonly IncomingBatch[]): Uint8Array {
  const [first] = batches
  if (!first) return new Uint8Array()
  const encoder = new ArrowFrameEncoder(first.header)
  return joinBytes(batches.flatMap(({ batch, trailer }) => encoder.chunk(trailer ? { batch, trailer } : { batch })))
}

/** The batches of an Arrow stream. */
export const decodeBatches = (arrow: Uint8Array<ArrayBuffer>): Promise<IncomingBatch[]> =>
  collectFrame(
    {
      ...{ status: 200, contentType: undefined, retryAfterMs: undefined, short: true, leave: () => {} },
      bytes: async () => arrow,
      chunks: async function* () {
        yield arrow
      },
    },
    never,
  )
