import { TRPCClientError, type TRPCLink } from '@trpc/client'
import type { AnyTRPCRouter } from '@trpc/server'
import { observable } from '@trpc/server/observable'
import type { SubscriptionEvent, SubscriptionOptions } from './subscription.ts'

/** A way to subscribe, with everything said but what to. */
export type Subscribe = (
  path: string,
  input: object,
  options: Pick<SubscriptionOptions, 'signal' | 'onConnected'>,
) => AsyncIterable<SubscriptionEvent>

/** A terminating tRPC link for subscriptions, which resume by themselves. */
export function subscriptionLink<Router extends AnyTRPCRouter>(subscribe: Subscribe): TRPCLink<Router> {
  return () =>
    ({ op }) =>
      observable((observer) => {
        const left = new AbortController()
        const signal = op.signal ? AbortSignal.any([op.signal, left.signal]) : left.signal
        const onConnected = (): void => observer.next({ result: { type: 'started' } })
        const pass = async (): Promise<void> => {
          for await (const event of subscribe(op.path, (op.input ?? {}) as object, { signal, onConnected })) {
            observer.next({ result: { type: 'data', ...event, data: event } })
          }
          observer.complete()
        }
        pass().catch((error: unknown) => {
          if (signal.aborted) observer.complete()
          else observer.error(TRPCClientError.from(error as Error))
        })
        return () => left.abort()
      })
}
