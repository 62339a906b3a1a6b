import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Authenticator } from '../access/authenticator.ts'
import type { ProcedureScope } from '../access/principal.ts'
import { toStockdbError } from '../api/trpc.ts'
import type { Call } from './call.ts'
import { ERROR_FLUSH_MS } from './error-flush.ts'

/** How often the token of a subscription is checked. */
const TOKEN_LOOK_MS = 1_000

/**
 * Ends a subscription when it is too old (its client resumes it), when its token is no longer valid, and when the call
 * is aborted, even if its caller does not read the final message. Throws if the caller lacks the scope: tRPC would
 * report that inside an answer with a success status.
 */
export function beginSubscription(
  req: IncomingMessage,
  res: ServerResponse,
  call: Call,
  {
    authenticator,
    scope,
    maxAgeMs,
  }: { readonly authenticator: Authenticator; readonly scope: ProcedureScope; readonly maxAgeMs: number },
): void {
  call.caller.require(scope)
  call.subscription = true
  const age = setTimeout(() => {
    call.outcome = 'AGED'
    res.destroy()
  }, maxAgeMs)
  const token = setInterval(() => {
    try {
      authenticator.principalOf(req.headers, call.peer).require(scope)
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
