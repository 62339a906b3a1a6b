import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Authenticator } from '../access/authenticator.ts'
import type { ProcedureScope } from '../access/principal.ts'
import { toStockdbError } from '../api/trpc.ts'
import type { Call } from './call.ts'
import { ERROR_FLUSH_MS } from './error-flush.ts'

/** How often it is looked whether the token of a subscription is still good. */
const TOKEN_LOOK_MS = 1_000

/**
 * Ensures that a subscription does not live forever: it ends when it has grown old, for its client to resume it, when its
 * token is not good any more, and when the call is aborted, whether its caller reads the final message or not. Throws when the
 * caller lacks the scope: tRPC would refuse it within an answer that has the status of a good one.
 */
export function beginSubscription(
  req: IncomingMessage,
  res: ServerResponse,
  call: Call,
  {
    gate,
    scope,
    maxAgeMs,
  }: { readonly gate: Authenticator; readonly scope: ProcedureScope; readonly maxAgeMs: number },
): void {
  call.caller.require(scope)
  call.subscription = true
  const age = setTimeout(() => {
    call.outcome = 'AGED'
    res.destroy()
  }, maxAgeMs)
  const token = setInterval(() => {
    try {
      gate.principalOf(req.headers, call.peer).require(scope)
    } catch (error) {
      call.abort(toStockdbError(error))
    }
  }, TOKEN_LOOK_MS)
  call.signal.addEventListener('abort', () => setTimeout(() => res.destroy(), ERROR_FLUSH_MS).unref())
  res.on('close', () => {
    clearTimeout(age)
    clearInterval(token)
  })
}
