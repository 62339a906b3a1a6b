import type { FrameChunk, FrameHeader, FrameSource } from '@stockdb/contract/wire'
import { ArrowFrameDecoder, ArrowFrameEncoder, MessageSplitter } from '@stockdb/contract/wire'

/** A batch of an answer as it goes over the wire. */
export interface WirePart {
  readonly bytes: Uint8Array
  readonly rows: number
}

/** The parts of a complete answer. They are shared by all who get it, and never changed. */
export interface WireParts {
  readonly header: FrameHeader
  readonly parts: readonly WirePart[]
  readonly rows: number
  readonly bytes: number
}

/** A complete answer that is encoded already. */
export class WireAnswer implements FrameSource {
  readonly whole: WireParts
  /** What clients keep it by. */
  readonly state: string
  /** As of when it is, if it comes from memory: `2024-01-02T03:04:05.678Z`. */
  readonly asOf: string | undefined

  constructor(whole: WireParts, state: string, asOf?: string) {
    this.whole = whole
    this.state = state
    this.asOf = asOf
  }

  get header(): FrameHeader {
    const { header } = this.whole
    if (this.asOf === undefined) return header
    return { ...header, meta: { ...header.meta, cache: { from: 'server', asOf: this.asOf } } }
  }

  /** Its batches, for callers who take another format. */
  get chunks(): AsyncIterable<FrameChunk> {
    return decoded(this.whole.parts)
  }
}

async function* decoded(parts: readonly WirePart[]): AsyncGenerator<FrameChunk, void, undefined> {
  const [splitter, decoder] = [new MessageSplitter(), new ArrowFrameDecoder()]
  for (const { bytes } of parts) {
    for (const message of splitter.push(bytes)) {
      const content = decoder.decode(message)
      if (content.kind !== 'batch') continue
      const { batch, trailer } = content
      yield trailer ? { batch, trailer } : { batch }
    }
  }
}

/** An answer that is too long to be waited for: what was read of it so far, and the rest as it comes. */
export class LongAnswer implements FrameSource {
  readonly header: FrameHeader
  readonly parts: readonly WirePart[]
  /** What is still to come, to be encoded with `encoder`, which has encoded the parts. */
  readonly rest: AsyncIterator<FrameChunk>
  readonly encoder: Pick<ArrowFrameEncoder, 'chunk' | 'error'>
  readonly state: string | undefined

  constructor({
    header,
    parts,
    rest,
    encoder,
    state,
  }: Omit<LongAnswer, 'chunks' | 'state'> & Pick<FrameSource, 'state'>) {
    this.state = state
    this.header = header
    this.parts = parts
    this.rest = rest
    this.encoder = encoder
  }

  /** The same of an answer of which nothing was read yet. */
  static of({ header, chunks }: FrameSource): LongAnswer {
    return new LongAnswer({
      ...{ header, parts: [], rest: chunks[Symbol.asyncIterator]() },
      encoder: new ArrowFrameEncoder(header),
    })
  }

  get chunks(): AsyncIterable<FrameChunk> {
    return continued(this.parts, this.rest)
  }
}

async function* continued(
  parts: readonly WirePart[],
  rest: AsyncIterator<FrameChunk>,
): AsyncGenerator<FrameChunk, void, undefined> {
  try {
    yield* decoded(parts)
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}
