import { StockdbError } from '../errors.ts'

/**
 * What a part of an answer to several calls holds: a whole frame as an Arrow stream; the error of a call in tRPC's shape as JSON;
 * nothing, because the answer may be long, so that the call was not carried out and should be sent alone; or a frame that may be
 * kept, after what headers say of one that is sent alone.
 */
export const PartKind = { frame: 0, error: 1, alone: 2, keepable: 3 } as const
export type PartKind = (typeof PartKind)[keyof typeof PartKind]

/** The answer to one call of a request with several. Parts come in the order in which the calls end. */
export interface Part {
  /** The place of the call in its request, from 0 on. */
  readonly index: number
  readonly kind: PartKind
  readonly content: Uint8Array
}

/** The bytes before a frame that may be kept. The frame after them stays aligned. */
const HEAD_BYTES = 96

/**
 * The bytes before a frame that may be kept: the name of the state of the database, and the moment as of which the server had the frame in
 * memory, if it was not read now.
 */
export const keepableHead = (state: string, asOf = ''): Uint8Array =>
  new TextEncoder().encode(`${state} ${asOf}`.padEnd(HEAD_BYTES))

/** What is in the content of a part with such a frame. */
export function readKeepable(content: Uint8Array) {
  const head = new TextDecoder().decode(content.subarray(0, HEAD_BYTES))
  const [state, asOf] = head.trimEnd().split(' ')
  return { state, asOf, frame: content.subarray(HEAD_BYTES) }
}

/** Index, kind and length of the content, each as a 32-bit little-endian number. */
const PREFIX_BYTES = 12

/** Writes one part; the arrays are to be sent in order. */
export function partOf(index: number, kind: PartKind, content: readonly Uint8Array[]): Uint8Array[] {
  const prefix = new Uint8Array(PREFIX_BYTES)
  const view = new DataView(prefix.buffer)
  view.setUint32(0, index, true)
  view.setUint32(4, kind, true)
  view.setUint32(
    8,
    content.reduce((sum, { length }) => sum + length, 0),
    true,
  )
  return [prefix, ...content]
}

/** Splits a body into its parts. Each content has its own buffer, in which columns are aligned. */
export class PartSplitter {
  readonly #calls: number
  readonly #maxBytes: number
  readonly #prefix = new Uint8Array(PREFIX_BYTES)
  #filled = 0
  #content: Uint8Array | undefined

  /** `calls` of the request, and the longest content that is accepted. */
  constructor(calls: number, maxBytes: number) {
    this.#calls = calls
    this.#maxBytes = maxBytes
  }

  /** The parts that a chunk completes. Throws `INCOMPLETE_ANSWER` for anything that is not a part. */
  *push(chunk: Uint8Array): Generator<Part, void, undefined> {
    let from = 0
    while (from < chunk.length || this.#content?.length === this.#filled) {
      const target = this.#content ?? this.#prefix
      const take = Math.min(target.length - this.#filled, chunk.length - from)
      target.set(chunk.subarray(from, from + take), this.#filled)
      from += take
      this.#filled += take
      if (this.#filled < target.length) return
      this.#filled = 0
      if (this.#content) {
        yield { ...this.#header(), content: this.#content }
        this.#content = undefined
      } else this.#content = new Uint8Array(this.#header().length)
    }
  }

  #header(): { readonly index: number; readonly kind: PartKind; readonly length: number } {
    const view = new DataView(this.#prefix.buffer)
    const [index, kind, length] = [view.getUint32(0, true), view.getUint32(4, true), view.getUint32(8, true)]
    if (index >= this.#calls || !Object.values<number>(PartKind).includes(kind) || length > this.#maxBytes)
      throw new StockdbError(
        'INCOMPLETE_ANSWER',
        `a part of the answer claims to be number ${index}, of ${length} bytes`,
      )
    return { index, kind: kind as PartKind, length }
  }
}
