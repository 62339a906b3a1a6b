import type { Dataset, FrameSource, JsonFrame } from '@stockdb/contract'
import { answer } from '../answer/answer.ts'
import type { Question } from '../query/question.ts'
import type { CallContext, Services } from './context.ts'
import { deliver } from './deliver.ts'

/**
 * Answers a question that reads some datasets, all of which the caller must be allowed to read: a frame on its way for a caller who asked for Arrow, to be streamed;
 * collected as JSON, within its limit, for others.
 */
export async function sendFrame(
  services: Services,
  ctx: CallContext,
  question: Question,
  reads: readonly Dataset[],
): Promise<FrameSource | JsonFrame> {
  for (const dataset of reads) {
    ctx.caller.demandDataset(dataset.name)
    await services.tables.check(dataset)
  }
  return deliver(services, ctx, false, () => answer(services, question, ctx.signal))
}
