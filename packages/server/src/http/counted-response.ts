import { type IncomingMessage, ServerResponse } from 'node:http'

/** What every answer says of itself: prices of a minute ago, and what one token may see, belong in no cache on the way. */
export const NO_STORE = 'no-store'

/** A response that counts what is written to its body, by any writer. */
export class CountedResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  bodyBytes = 0
  /** When the first of the body was written, on the clock of `performance.now()`. */
  firstByteAt: number | undefined

  /** tRPC has a header of its own for events, which would let them be kept. */
  override setHeader(name: string, value: number | string | readonly string[]): this {
    const foreign = value !== NO_STORE && name.toLowerCase() === 'cache-control'
    return super.setHeader(name, foreign ? `${NO_STORE}, no-transform` : value)
  }

  override write(chunk: unknown, ...rest: unknown[]): boolean {
    this.#count(chunk)
    // What a caller of `write` passes is passed on; one implementation cannot tell its overloads apart.
    return super.write(chunk, ...(rest as [BufferEncoding]))
  }

  override end(...args: unknown[]): this {
    this.#count(args[0])
    return super.end(...(args as [unknown, BufferEncoding]))
  }

  #count(chunk: unknown): void {
    if (typeof chunk === 'string') this.bodyBytes += Buffer.byteLength(chunk)
    else if (chunk instanceof Uint8Array) this.bodyBytes += chunk.length
    else return
    this.firstByteAt ??= performance.now()
  }
}
