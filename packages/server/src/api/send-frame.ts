import type { Dataset } from '@stockdb/contract'
import type { FrameSource, JsonFrame } from '@stockdb/contract/wire'
import { execute } from '../execute/execute.ts'
import { type SymbolCheck, withKnownSymbols } from '../execute/known-symbols.ts'
import type { QueryPlan } from '../plan/planner.ts'
import type { CallContext, Services } from './context.ts'
import { deliver } from './deliver.ts'
import { sourcesFor } from './trading-days.ts'

/** Throws where the caller may not read one of the datasets, or its table can not be read. */
export async function mayReadAll(services: Services, ctx: CallContext, datasets: readonly Dataset[]): Promise<void> {
  for (const dataset of datasets) {
    ctx.caller.requireDataset(dataset.name)
    await services.tables.check(dataset)
  }
}

/**
 * Answers a question over several datasets: a frame on its way for a caller who asked for Arrow, collected as JSON for
 * others.
 */
export function sendFrame(
  services: Services,
  ctx: CallContext,
  question: QueryPlan,
  datasets: readonly Dataset[],
  check?: SymbolCheck,
): Promise<FrameSource | JsonFrame> {
  const open = async () => {
    const frame = await execute(sourcesFor(services, ctx), question, ctx.signal)
    return withKnownSymbols(frame, check, services, ctx.signal)
  }
  return deliver(services, ctx, 0, open, datasets)
}
