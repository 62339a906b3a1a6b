import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Call } from '../call.ts'

/** One request in the pipeline. */
export interface Exchange {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly call: Call
}

/**
 * One step of the pipeline. Returns true once the request is answered, which ends the pipeline; throws a `StockdbError` to
 * refuse the request. A step that has nothing to wait for returns no promise, so that it costs a small call next to nothing.
 */
export type Step = (exchange: Exchange) => boolean | Promise<boolean>

/** Runs steps in order until one has answered. The last step must answer. */
export async function runPipeline(steps: readonly Step[], exchange: Exchange): Promise<void> {
  for (const step of steps) {
    const answered = step(exchange)
    if (answered === true || (answered !== false && (await answered))) return
  }
}
