import { ByteBuffer } from 'flatbuffers'
import { StockdbError } from '../../../errors.ts'
import { CONTINUATION, slots } from '../format.ts'

/** One message of an Arrow IPC stream: FlatBuffers metadata, and a body that starts on an 8-byte boundary. */
export interface Message {
  readonly metadata: Uint8Array
  readonly body: Uint8Array
}

/** The failure of an answer that is not a frame's stream. */
export function malformed(reason: string, cause?: unknown): StockdbError {
  return new StockdbError('INCOMPLETE_ANSWER', `the answer is not a frame: ${reason}`, { cause })
}

/** Maximum size of metadata; a longer one is not from a frame. */
const MAX_METADATA_BYTES = 64 * 2 ** 20
const MAX_BODY_BYTES = 2 ** 31

/**
 * Splits a stream of bytes, which arrives in chunks of any size, into messages. A message that is complete in one chunk
 * and aligned to 8 bytes is a view, which covers all short answers; any other is copied once into its own buffer, so
 * that columns can be views into it and chunks can be released as they arrive.
 */
export class MessageSplitter {
  /** True once the end-of-stream marker was read. */
  ended = false
  #part: 'prefix' | 'metadata' | 'body' = 'prefix'
  #target = new Uint8Array(8)
  #filled = 0
  #metadata = new Uint8Array()
  readonly #maxBodyBytes: number

  /** `maxBodyBytes`: the longest body of one message; a longer one is refused before there is memory for it. */
  constructor(maxBodyBytes = MAX_BODY_BYTES) {
    this.#maxBodyBytes = maxBodyBytes
  }

  /** Consumes the next chunk and yields the messages that it completes. */
  *push(chunk: Uint8Array): Generator<Message, void, undefined> {
    let from = 0
    while (true) {
      for (let whole = this.#wholeAt(chunk, from); whole; whole = this.#wholeAt(chunk, from)) {
        from += whole.length
        yield whole.message
      }
      const take = Math.min(this.#target.length - this.#filled, chunk.length - from)
      this.#target.set(chunk.subarray(from, from + take), this.#filled)
      from += take
      this.#filled += take
      if (this.#filled < this.#target.length) return
      if (this.ended) {
        if (from < chunk.length) throw new StockdbError('INCOMPLETE_ANSWER', 'the answer has bytes after its end')
        return
      }
      const message = this.#advance()
      if (message) yield message
    }
  }

  /** The message that begins at an offset of a chunk, if it is complete, and its length. */
  #wholeAt(chunk: Uint8Array, from: number): { message: Message; length: number } | undefined {
    if (this.#part !== 'prefix' || this.#filled > 0 || (chunk.byteOffset + from) % 8 !== 0 || from + 8 > chunk.length) {
      return undefined
    }
    const view = new DataView(chunk.buffer, chunk.byteOffset + from)
    const metadataLength = view.getInt32(4, true)
    if (view.getUint32(0, true) !== CONTINUATION || metadataLength <= 0 || metadataLength % 8 !== 0) return undefined
    const bodyAt = from + 8 + metadataLength
    if (bodyAt > chunk.length) return undefined
    const metadata = chunk.subarray(from + 8, bodyAt)
    const bodyLength = bodyLengthOf(metadata)
    if (bodyLength < 0 || bodyAt + bodyLength > chunk.length) return undefined
    return {
      message: { metadata, body: chunk.subarray(bodyAt, bodyAt + bodyLength) },
      length: 8 + metadataLength + bodyLength,
    }
  }

  #advance(): Message | undefined {
    const done = this.#target
    switch (this.#part) {
      case 'prefix': {
        const view = new DataView(done.buffer)
        const length = view.getInt32(4, true)
        if (view.getUint32(0, true) !== CONTINUATION || length < 0 || length > MAX_METADATA_BYTES) {
          throw new StockdbError('INCOMPLETE_ANSWER', 'the answer is not an Arrow stream')
        }
        if (length === 0) this.ended = true
        this.#expect(length === 0 ? 'prefix' : 'metadata', length)
        return undefined
      }
      case 'metadata': {
        this.#metadata = done
        const bodyLength = bodyLengthOf(done)
        if (bodyLength < 0 || bodyLength > this.#maxBodyBytes) {
          throw new StockdbError('INCOMPLETE_ANSWER', `a message of the answer claims ${bodyLength} bytes`)
        }
        this.#expect('body', bodyLength)
        return undefined
      }
      case 'body':
        this.#expect('prefix', 8)
        return { metadata: this.#metadata, body: done }
    }
  }

  #expect(part: 'prefix' | 'metadata' | 'body', length: number): void {
    this.#part = part
    this.#target = new Uint8Array(length)
    this.#filled = 0
  }
}

function bodyLengthOf(metadata: Uint8Array): number {
  const bytes = new ByteBuffer(metadata)
  const root = bytes.readInt32(0)
  const offset = bytes.__offset(root, 4 + 2 * slots.message.bodyLength)
  // In halves: a bigint would cost more.
  return offset ? bytes.readInt32(root + offset + 4) * 2 ** 32 + bytes.readUint32(root + offset) : 0
}
