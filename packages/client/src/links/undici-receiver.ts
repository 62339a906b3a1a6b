import { CACHE_HEADER, joinBytes, STATE_HEADER } from '@stockdb/contract/wire'
import type { Dispatcher } from 'undici'
import { type HttpResponse, isShort, mediaType, retryAfterMs } from './http.ts'

/** Bytes that may wait for a slow consumer before the connection is paused. */
const WAITING_BYTES = 64 * 2 ** 10

/** The reason that undici is given; nobody reads it, so it needs no stack of its own. */
const ABANDONED = new Error('the answer was abandoned')

/**
 * Receives one response straight from undici's parser. Its own `request` makes a stream of every body, which takes longer than
 * the rest of a small call.
 */
export class Receiver implements Dispatcher.DispatchHandler, HttpResponse {
  readonly response: Promise<HttpResponse>
  status = 0
  contentType: string | undefined
  retryAfterMs: number | undefined
  cachedAsOf: string | undefined
  state: string | undefined
  short = false
  readonly #signal: AbortSignal
  readonly #waiting: Buffer[] = []
  #waitingBytes = 0
  /** Whether the whole body is waited for. */
  #whole = false
  #controller: Dispatcher.DispatchController | undefined
  #state: 'headers' | 'body' | 'ended' = 'headers'
  #failure: Error | undefined
  #wake: (() => void) | undefined
  #resolve!: (response: HttpResponse) => void
  #reject!: (error: unknown) => void

  constructor(signal: AbortSignal) {
    this.#signal = signal
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    signal.addEventListener('abort', this.#onAbort)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#signal.aborted) controller.abort(ABANDONED)
  }

  onResponseStart(_: unknown, status: number, headers: Record<string, string | string[] | undefined>): void {
    // An informational response precedes the real one.
    if (status < 200) return
    this.#state = 'body'
    this.status = status
    this.contentType = mediaType(first(headers['content-type']))
    this.retryAfterMs = retryAfterMs(first(headers['retry-after']))
    this.state = first(headers[STATE_HEADER])
    this.cachedAsOf = first(headers[CACHE_HEADER])
    this.short = isShort(first(headers['content-length']))
    this.#resolve(this)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#waiting.push(chunk)
    this.#waitingBytes += chunk.length
    if (!this.#whole && this.#waitingBytes >= WAITING_BYTES) controller.pause()
    this.#wake?.()
  }

  onResponseEnd(): void {
    this.#end()
  }

  onResponseError(_: unknown, error: Error): void {
    this.#failure = error
    this.#reject(error)
    this.#end()
  }

  async bytes(): Promise<Uint8Array> {
    this.#whole = true
    this.#resume()
    while (this.#state !== 'ended') await this.#more()
    if (this.#failure) throw this.#failure
    // Copied even if it is one chunk: columns must be aligned, and must not keep the socket's buffer in memory.
    return joinBytes(this.#waiting)
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    try {
      while (true) {
        const chunk = this.#waiting.shift()
        if (chunk) {
          this.#waitingBytes -= chunk.length
          if (this.#waitingBytes < WAITING_BYTES) this.#resume()
          yield chunk
        } else if (this.#failure) throw this.#failure
        else if (this.#state === 'ended') return
        else await this.#more()
      }
    } finally {
      this.leave()
    }
  }

  leave(): void {
    if (this.#state !== 'ended') this.#controller?.abort(ABANDONED)
  }

  #resume(): void {
    if (this.#controller?.paused) this.#controller.resume()
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  #end(): void {
    this.#state = 'ended'
    this.#signal.removeEventListener('abort', this.#onAbort)
    this.#wake?.()
  }

  readonly #onAbort = (): void => {
    if (this.#state === 'ended') return
    this.#controller?.abort(ABANDONED)
    // A request that still waits for a connection is aborted when it gets one.
    this.#reject(this.#signal.reason)
    this.#failure = this.#signal.reason
    this.#end()
  }
}

const first = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header
