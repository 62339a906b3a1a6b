import { type ErrorShape, errorCodes, StockdbError } from '@stockdb/contract/wire'
import { TRPCClientError, type TRPCLink } from '@trpc/client'
import type { AnyTRPCRouter } from '@trpc/server'
import { observable } from '@trpc/server/observable'
import { cancellable } from '../call/cancellable.ts'
import type { SubscriptionEvent } from './subscription.ts'

/** A subscribe function with everything configured except the path and input. */
type Subscribe = (
  path: string,
  input: object,
  signal: AbortSignal,
) => AsyncGenerator<SubscriptionEvent | 'connected', void, undefined>

/** A terminating tRPC link for subscriptions, which resume by themselves. */
export function subscriptionLink<Router extends AnyTRPCRouter>(subscribe: Subscribe): TRPCLink<Router> {
  return () =>
    ({ op }) =>
      observable((observer) => {
        const make = (signal: AbortSignal) => subscribe(op.path, (op.input ?? {}) as object, signal)
        const events = cancellable(make, op.signal ?? undefined)
        const pass = async (): Promise<void> => {
          for await (const event of events) {
            if (event === 'connected') observer.next({ result: { type: 'started' } })
            else observer.next({ result: { type: 'data', id: event.id, data: event } })
          }
        }
        pass().then(
          () => observer.complete(),
          (error: unknown) => {
            if (op.signal?.aborted) observer.complete()
            else observer.error(trpcError(error))
          },
        )
        return () => void events.return()
      })
}

/** tRPC's number for server errors; our code distinguishes errors. */
const FAMILY = -32603

/** An error in the form of the tRPC client's queries, with our code under `data`. */
function trpcError(error: unknown): TRPCClientError<never> {
  if (!(error instanceof StockdbError)) return TRPCClientError.from(error as Error)
  const { code, message, requestId = '' } = error
  const { status, retryable } = errorCodes[code]
  const data: ErrorShape['data'] = { code, httpStatus: status, retryable, requestId }
  const shape: ErrorShape = { message, code: FAMILY, data }
  return new TRPCClientError(message, { result: { error: shape } as never, cause: error })
}
