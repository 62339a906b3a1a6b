import {
  ARROW_STREAM,
  type Part,
  PartKind,
  PartSplitter,
  readKeepable,
  StockdbError,
  takesStatement,
} from '@stockdb/contract/wire'
import { onAbort } from '../call/abort.ts'
import { classified, errorOf } from '../errors.ts'
import type { HttpResponse } from './http.ts'
import { inputText } from './input-text.ts'
import { errorIn, errorOfShape, requestArrow, requestParts, type Transport } from './transport.ts'
import { rootMessage } from './unreachable.ts'

/** A longer input is sent alone. */
const MAX_INPUT_LENGTH = 2_000

/** So many paths fit into any URL. */
const MAX_CALLS = 32

/** The longest answer that a part may have; the server sends none of more than some MB. */
const MAX_PART_BYTES = 256 * 2 ** 20

/** A call that waits for its answer. */
interface Member {
  readonly path: string
  readonly input: unknown
  readonly json: string
  readonly signal: AbortSignal
  settled: boolean
  readonly resolve: (response: HttpResponse | Promise<HttpResponse>) => void
  readonly reject: (error: unknown) => void
}

/** Runs once the events of this moment are handled; browsers have nothing better than a microtask. */
const soon: (act: () => void) => void =
  (globalThis as { setImmediate?: (act: () => void) => void }).setImmediate ?? queueMicrotask

/**
 * Sends calls for frames that are made at the same moment in one request, because most of the time that a small call takes is that
 * of its request. A call that is made by itself is sent as ever.
 *
 * Each call has its own answer or error. When one of them is cancelled, the request is, so that the server stops at once; the
 * others are then sent again, alone.
 */
export class Together {
  readonly #transport: Transport
  readonly #max: number
  #waiting: Member[] = []

  /** `max` is the number of calls that the server takes in one request. */
  constructor(transport: Transport, max: number) {
    this.#transport = transport
    this.#max = Math.min(max, MAX_CALLS)
  }

  /** The response of one call, as if it had been sent alone. */
  request(path: string, input: unknown, signal: AbortSignal): Promise<HttpResponse> {
    const json = inputText(input)
    if (signal.aborted || json.length > MAX_INPUT_LENGTH || takesStatement(path))
      return requestArrow(this.#transport, path, input, signal)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ path, input, json, signal, settled: false, resolve, reject })
      if (this.#waiting.length === this.#max) this.#send()
      else if (this.#waiting.length === 1) soon(() => this.#send())
    })
  }

  #send(): void {
    const members = this.#waiting
    this.#waiting = []
    if (members.length > 1) void this.#sendAll(members)
    else for (const member of members) this.#sendAlone(member)
  }

  #sendAlone(member: Member): void {
    const { path, input, signal } = member
    member.settled = true
    member.resolve(requestArrow(this.#transport, path, input, signal))
  }

  async #sendAll(members: readonly Member[]): Promise<void> {
    const left = new AbortController()
    const unsettled = (): readonly Member[] => members.filter(({ settled }) => !settled)
    const stops = members.map((member) =>
      onAbort(member.signal, () => {
        if (member.settled) return
        member.settled = true
        member.reject(member.signal.reason)
        left.abort(member.signal.reason)
      }),
    )
    try {
      const response = await requestParts(this.#transport, members, left.signal)
      await this.#answerAll(members, response)
    } catch (error) {
      const known = error instanceof StockdbError ? classified(error) : cutOff(`: ${rootMessage(error)}`, error)
      // What is wrong with the request may not be wrong with each of its calls.
      const alone = left.signal.aborted || !known.retryable
      for (const member of unsettled()) {
        if (alone) this.#sendAlone(member)
        else fail(member, known)
      }
    } finally {
      for (const stop of stops) stop()
    }
  }

  async #answerAll(members: readonly Member[], response: HttpResponse): Promise<void> {
    const splitter = new PartSplitter(members.length, MAX_PART_BYTES)
    for await (const chunk of response.chunks()) for (const part of splitter.push(chunk)) this.#answer(members, part)
    for (const member of members) if (!member.settled) fail(member, cutOff('', undefined))
  }

  #answer(members: readonly Member[], { index, kind, content }: Part): void {
    const member = members[index]
    if (!member || member.settled) return
    if (kind === PartKind.alone) this.#sendAlone(member)
    else if (kind === PartKind.error) fail(member, failureIn(content))
    else {
      member.settled = true
      const found = kind === PartKind.keepable ? readKeepable(content) : { frame: content }
      member.resolve(new WholeResponse(found))
    }
  }
}

function fail(member: Member, error: unknown): void {
  member.settled = true
  member.reject(error)
}

const cutOff = (reason: string, cause: unknown): StockdbError =>
  errorOf('INCOMPLETE_ANSWER', `the answer was cut off after 0 rows${reason}`, { cause })

function failureIn(content: Uint8Array): StockdbError {
  return errorOfShape(errorIn(content)) ?? errorOf('INCOMPLETE_ANSWER', 'malformed response: an error without a code')
}

/** The part of a response that answers one call. */
class WholeResponse implements HttpResponse {
  readonly status = 200
  readonly contentType = ARROW_STREAM
  readonly retryAfterMs = undefined
  readonly short = true
  readonly cachedAsOf: string | undefined
  readonly state: string | undefined
  readonly #content: Uint8Array

  constructor({ frame, asOf, state }: Partial<ReturnType<typeof readKeepable>> & { readonly frame: Uint8Array }) {
    this.#content = frame
    this.cachedAsOf = asOf
    this.state = state
  }

  bytes(): Promise<Uint8Array> {
    return Promise.resolve(this.#content)
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    yield this.#content
  }

  leave(): void {}
}
