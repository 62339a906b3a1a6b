import type { StockdbError } from '@stockdb/contract/wire'
import { type AnyTRPCRouter, callTRPCProcedure } from '@trpc/server'
import type { CallContext } from './context.ts'
import type { Procedures } from './trpc.ts'

/** The procedures of a server, in the two forms in which they are called. */
export interface Queries {
  readonly router: AnyTRPCRouter
  readonly procedures: Procedures
  /** The error for a path that is not among them, where more is known of it. */
  unknown?(path: string): StockdbError | undefined
}

/** Calls a query by its path. Procedures that read a dataset are called directly: tRPC takes longer than all their checks. */
export async function callQuery(queries: Queries, path: string, ctx: CallContext, input: unknown): Promise<unknown> {
  const { router, procedures } = queries
  const direct = procedures.get(path)?.direct
  if (direct) return direct(ctx, input)
  const unknown = queries.unknown?.(path)
  if (unknown) throw unknown
  return callTRPCProcedure({
    router,
    path,
    getRawInput: async () => input,
    ctx,
    type: 'query',
    signal: ctx.signal,
    batchIndex: 0,
  })
}
