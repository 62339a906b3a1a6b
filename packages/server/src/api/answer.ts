import type { FrameSource, JsonFrame } from '@stockdb/contract/wire'
import { execute } from '../execute/execute.ts'
import { explain } from '../plan/explain.ts'
import type { Reader } from '../plan/facts.ts'
import { datasetOf } from '../plan/plan-context.ts'
import type { QueryPlan } from '../plan/query-plan.ts'
import { authorize } from './authorize.ts'
import type { CallContext, Services } from './context.ts'
import { deliver } from './deliver.ts'

/** Answers a planned call: plan it, check rights on all that it reads, wait for a place if it is heavy, execute. */
export async function answer(
  services: Services,
  ctx: CallContext,
  make: (reader: Reader) => QueryPlan,
): Promise<FrameSource | JsonFrame> {
  const { plan, uses } = await authorize(services, ctx, make)
  ctx.plans.push((options) => explain(plan, services, options))
  const datasets = uses.filter((use) => use.for === 'rows').map(({ dataset }) => datasetOf(services, dataset))
  return deliver(
    services,
    ctx,
    plan.guessedRows,
    async () => {
      const frame = await execute(services, plan, ctx.signal)
      if (!ctx.explains) return frame
      const { header, chunks } = frame
      return { header: { ...header, meta: { ...header.meta, plan: explain(plan, services) } }, chunks }
    },
    datasets,
  )
}
