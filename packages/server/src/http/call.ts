import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ARROW_STREAM, REQUEST_ID_HEADER, StockdbError } from '@stockdb/contract'
import type { CallContext } from '../api/context.ts'
import type { Log } from '../telemetry/log.ts'

const process = randomBytes(4).toString('hex')
let count = 0

/** Names a request in the log and to its caller. */
export function nextRequestId(): string {
  return `${process}-${(++count).toString(36)}`
}

/** One request on its way through the server: its id, its end, and what the log will say of it. */
export class Call implements CallContext {
  readonly requestId = nextRequestId()
  readonly format: 'json' | 'arrow'
  readonly tally = { rows: 0 }
  /** The procedure's path, or the URL's where no procedure is meant. */
  path: string
  bytes = 0
  outcome: string = 'ok'
  readonly #controller = new AbortController()
  readonly #startedAt = performance.now()

  constructor(req: IncomingMessage, res: ServerResponse, log: Log, onEnd: (call: Call) => void) {
    this.path = (req.url ?? '').split('?', 1)[0] ?? ''
    this.format = req.headers.accept?.includes(ARROW_STREAM) ? 'arrow' : 'json'
    res.setHeader(REQUEST_ID_HEADER, this.requestId)
    res.on('close', () => {
      if (!res.writableFinished) {
        if (this.outcome === 'ok') this.outcome = 'CANCELLED'
        this.abort(new StockdbError('CANCELLED', 'the caller went away'))
      }
      onEnd(this)
      log.info(
        {
          requestId: this.requestId,
          path: this.path,
          rows: this.tally.rows,
          bytes: this.bytes,
          ms: Math.round((performance.now() - this.#startedAt) * 10) / 10,
          outcome: this.outcome,
        },
        'call',
      )
    })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  abort(reason: StockdbError): void {
    this.#controller.abort(reason)
  }
}
