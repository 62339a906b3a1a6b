import type { FrameSource, JsonFrame } from '@stockdb/contract/wire'
import type { OpenAnswer } from '../cache/answer-reader.ts'
import { answerRequestOf } from '../cache/answer-request.ts'
import { execute } from '../execute/execute.ts'
import { explain } from '../plan/explain.ts'
import type { Reader } from '../plan/facts.ts'
import { datasetOf } from '../plan/plan-context.ts'
import type { QueryPlan } from '../plan/query-plan.ts'
import { authorize } from './authorize.ts'
import type { CallContext, Services } from './context.ts'
import { deliver, withFormats } from './deliver.ts'
import { frameNamingDropped } from './dropped-factors.ts'

/**
 * Answers a planned call: plan it, check rights on all that it reads, take the answer from memory, or wait for a place if it is
 * heavy, and execute. `fresh` does without the memory.
 */
export async function answer(
  services: Services,
  ctx: CallContext,
  make: (reader: Reader) => QueryPlan,
  { fresh = false }: { readonly fresh?: boolean | undefined } = {},
): Promise<FrameSource | JsonFrame> {
  const { plan, uses } = await authorize(services, ctx, make)
  ctx.plans.push((options) => explain(plan, services, options))
  const datasets = uses.filter((use) => use.for === 'rows').map(({ dataset }) => datasetOf(services, dataset))
  const read: OpenAnswer = (signal, blocks) =>
    frameNamingDropped(services.factors, datasets, async () =>
      withFormats(services, await execute(services, plan, signal, blocks), datasets),
    )
  const { answers } = services
  if (ctx.explains)
    return deliver(services, ctx, plan.guessedRows, async () => explained(services, plan, await read(ctx.signal)))
  const request = answerRequestOf(plan, uses, datasets, services.cache, services.tables)
  if (fresh) return deliver(services, ctx, plan.guessedRows, () => read(ctx.signal))
  const looked = answers.find(request)
  const found = looked instanceof Promise ? await looked : looked
  if (found) return deliver(services, ctx, ctx.format === 'arrow' ? 0 : found.whole.rows, () => found)
  return deliver(services, ctx, plan.guessedRows, () => answers.read(request, ctx.signal, read))
}

function explained(services: Services, plan: QueryPlan, { header, chunks }: FrameSource): FrameSource {
  return { header: { ...header, meta: { ...header.meta, plan: explain(plan, services) } }, chunks }
}
