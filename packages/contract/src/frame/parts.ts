import { StockdbError } from '../errors.ts'

/**
 * What a part of an answer to several calls holds: a whole frame as an Arrow stream; the error of a call in tRPC's shape as JSON;
 * nothing, because the answer may be long, so that the call was not carried out and should be sent alone; or a frame that the server
 * had in memory, after the moment as of which it is.
 */
export const PartKind = { frame: 0, error: 1, alone: 2, kept: 3 } as const
export type PartKind = (typeof PartKind)[keyof typeof PartKind]

/** The answer to one call of a request with several. Parts come in the order in which the calls end. */
export interface Part {
  /** The place of the call in its request, from 0 on. */
  readonly index: number
  readonly kind: PartKind
  readonly content: Uint8Array
}

/** The moment of a kept frame takes so many bytes, padded with spaces: the frame after it stays aligned. */
const MOMENT_BYTES = 32

/** The content of a part with a kept frame. */
export function keptFrame(asOf: string, frame: Uint8Array): Uint8Array[] {
  return [new TextEncoder().encode(asOf.padEnd(MOMENT_BYTES)), frame]
}

/** The moment and the frame in such a content. */
export function readKeptFrame(content: Uint8Array): { readonly asOf: string; readonly frame: Uint8Array } {
  const asOf = new TextDecoder().decode(content.subarray(0, MOMENT_BYTES)).trimEnd()
  return { asOf, frame: content.subarray(MOMENT_BYTES) }
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
