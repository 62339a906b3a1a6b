import type { IncomingHttpHeaders } from 'node:http'
import type { Principal } from '../../access/principal.ts'
import type { CallContext } from '../../api/context.ts'
import type { Permit } from '../../bounds/permit.ts'
import { BATCH_ROWS } from '../../engine/batch-builder.ts'
import type { CallTimes, ReadClock, RunningCall } from '../../telemetry/running-call.ts'
import type { Telemetry } from '../../telemetry/telemetry.ts'
import { type Call, nextRequestId } from '../call.ts'

/** One of several calls that came in one request: with its own id, permit, times and end, and the caller of the request. */
export class MemberCall implements CallContext, RunningCall {
  readonly requestId = nextRequestId()
  readonly path: string
  readonly procedure: string
  readonly format = 'arrow'
  readonly subscription = false
  readonly batched = true
  readonly idempotencyKey = undefined
  readonly explains = false
  readonly counts: CallContext['counts'] = { rows: 0 }
  readonly times: CallTimes = { queueMs: 0, databaseMs: 0, socketMs: 0 }
  readonly reads: ReadClock[] = []
  readonly plans: CallContext['plans'] = []
  readonly startedAt = performance.now()
  /** Whether it was not carried out, because it must be sent alone. */
  alone = false
  outcome = 'ok'
  bytes = 0
  readonly #request: Call
  readonly #telemetry: Telemetry
  #answeredAt: number | undefined
  #permit: Permit | undefined
  #ended = false

  constructor(request: Call, path: string, procedure: string, telemetry: Telemetry) {
    this.#request = request
    this.path = path
    this.procedure = procedure
    this.#telemetry = telemetry
    telemetry.begin(this)
  }

  get caller(): Principal {
    return this.#request.caller
  }

  get method(): string {
    return this.#request.method
  }

  get headers(): IncomingHttpHeaders {
    return this.#request.headers
  }

  get status(): number {
    return this.#request.status
  }

  get signal(): AbortSignal {
    return this.#request.signal
  }

  get bytesInFlight(): number {
    return this.#ended ? 0 : this.bytes
  }

  /** Takes the permit of the call, and returns it when the call ends. */
  admit(permit: Permit): void {
    this.#permit = permit
    if (this.#ended) permit.leave()
  }

  /** An answer of more than one batch is not kept until it is whole, and the reader of all answers does not wait for its bytes. */
  expects(rows: number): void {
    if (rows > BATCH_ROWS) this.refuseLength()
  }

  /** Throws, so that the call is sent alone. */
  refuseLength(): never {
    this.alone = true
    throw new TypeError('this call must be sent alone')
  }

  /** A heavy call keeps its place until its answer was read, which other calls must not wait for. */
  heavy(): Promise<() => void> {
    return this.refuseLength()
  }

  hold(bytes: number): void {
    this.#permit?.hold(bytes)
  }

  /** Its answer is ready, of so many bytes. */
  answered(bytes: number): void {
    this.bytes = bytes
    this.#answeredAt = performance.now()
    this.hold(bytes)
  }

  /** Its answer was taken by the system, or will not be. */
  end(outcome = this.outcome): void {
    if (this.#ended) return
    this.#ended = true
    this.#permit?.leave()
    if (this.alone) {
      this.#telemetry.withdraw(this)
      return
    }
    if (this.#answeredAt !== undefined) this.times.socketMs = performance.now() - this.#answeredAt
    this.#telemetry.end(this, outcome)
  }
}
