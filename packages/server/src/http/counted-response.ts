import { type IncomingMessage, ServerResponse } from 'node:http'

/** Headers of every answer: old prices, and data that only one token may see, must not be cached on the way. */
export const NO_STORE = 'no-store'

/** A response that counts what is written to its body, by any writer. */
export class CountedResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  bodyBytes = 0
  /** When the first byte of the body was written, in `performance.now()` time. */
  firstByteAt: number | undefined

  /** tRPC sets its own header for events, which would allow caching. */
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
