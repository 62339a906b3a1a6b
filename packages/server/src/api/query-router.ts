import type { Dataset } from '@stockdb/contract'
import { queryInput } from '@stockdb/contract/internal'
import type { FrameSource, JsonFrame } from '@stockdb/contract/wire'
import type { Dialect } from '../engine/dialect.ts'
import { executeQuery } from '../execute/execute-query.ts'
import { compileTree } from '../plan/tree/compile-tree.ts'
import type { CallContext, Live } from './context.ts'
import { deliver, withFormats } from './deliver.ts'
import { frameNamingDropped, namingDropped } from './dropped-factors.ts'
import { argumentsOf, procedure, router } from './trpc.ts'

/** Callers' own queries, as operation trees of Kysely. */
export function queryRouter(live: Live) {
  const run = async (ctx: CallContext, tree: unknown): Promise<FrameSource | JsonFrame> => {
    const { services } = live
    const { engine, cache, catalogue, tables, factors } = services
    // Until they are inspected, it is not known which tables a dataset with several has.
    const members: Dialect['members'] = (dataset) =>
      (tables.membersOf(dataset) && cache.dialect.members?.(dataset)) ?? {
        members: [{ table: dataset.name }],
        unread: true,
      }
    const dialect = { ...cache.dialect, members }
    const missing = (name: string): void => factors.refuseDropped(name)
    const compile = () => compileTree(tree, { dialect, catalogue, reader: ctx.caller, facts: tables, missing })
    const known = (dataset: Dataset): boolean => tables.singlesOf(dataset) !== undefined
    const version = tables.membersVersion
    let query = compile()
    const wereKnown = query.datasets.every(known)
    for (const dataset of query.datasets) await namingDropped(factors, [dataset], () => tables.check(dataset))
    // What inspecting a table revealed may change what its columns are compared with.
    if (!wereKnown || tables.membersVersion !== version) query = compile()
    // The rows that a caller's query reads cannot be estimated from its text.
    return deliver(services, ctx, Number.POSITIVE_INFINITY, () =>
      frameNamingDropped(factors, query.datasets, async () =>
        withFormats(services, await executeQuery(engine, query, ctx.signal), query.datasets),
      ),
    )
  }
  return router({
    run: procedure('read', { namesDatasets: 'in input' })
      .input(argumentsOf(queryInput))
      .query(({ ctx, input }) => run(ctx, input.query)),
  })
}
