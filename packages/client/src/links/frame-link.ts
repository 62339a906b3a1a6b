import type { AnyTRPCRouter } from '@trpc/server'
import { TRPCClientError, type TRPCLink } from '@trpc/client'
import { observable } from '@trpc/server/observable'
import { openFrameStream } from './frame-stream.ts'
import type { Transport } from './transport.ts'

/** Set in the context of a tRPC operation to have its answer as a {@link FrameStream}. */
export const AS_FRAME = 'stockdb.frame'

/** A terminating tRPC link that answers an operation with a frame on its way, over Arrow. */
export function frameLink<Router extends AnyTRPCRouter>(transport: Transport): TRPCLink<Router> {
  return () =>
    ({ op }) =>
      observable((observer) => {
        const signal = op.signal ?? new AbortController().signal
        openFrameStream(transport, op.path, op.input, signal).then(
          (data) => {
            observer.next({ result: { data } })
            observer.complete()
          },
          (error: Error) => observer.error(TRPCClientError.from(error)),
        )
      })
}
