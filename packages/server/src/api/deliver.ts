import type { Dataset } from '@stockdb/contract'
import type { FrameSource, JsonFrame } from '@stockdb/contract/wire'
import { collectJson } from '@stockdb/contract/wire'
import type { CallContext, Services } from './context.ts'

/** Rough memory of a value while a JSON answer is built and sent: the value, its text, and the text's bytes. */
const JSON_VALUE_BYTES = 40

/** A JSON row stays in memory until the whole answer is sent, so it weighs as much as this many streamed rows. */
const JSON_WEIGHT = 10

/**
 * Delivers the frame that `open` reads: streamed by the HTTP layer if the caller asked for Arrow, else collected as
 * JSON within its limits. A frame that is expected to read more than `heavyRows` first waits for a slot among the
 * heavy calls.
 */
export async function deliver(
  { bounds }: Services,
  ctx: CallContext,
  guessedRows: number,
  open: () => FrameSource | Promise<FrameSource>,
): Promise<FrameSource | JsonFrame> {
  ctx.expects(guessedRows)
  const weight = ctx.format === 'json' ? JSON_WEIGHT : 1
  // A stream releases its place when its call ends.
  const release = guessedRows * weight > bounds.heavyRows ? await ctx.heavy() : undefined
  const frame = await open()
  if (ctx.format === 'arrow') return frame
  const limits = { maxRows: bounds.maxJsonRows, maxValues: bounds.maxJsonValues }
  const json = await collectJson(frame, limits, (values) => ctx.hold(values * JSON_VALUE_BYTES))
  release?.()
  // Each call of a batched request adds its own.
  ctx.counts.rows += json.items.length
  return json
}

/** Says so where rows of the datasets may be missing, because a date is in another form than declared. */
export async function withFormats(
  { tables }: Pick<Services, 'tables'>,
  frame: FrameSource,
  datasets: readonly Dataset[],
): Promise<FrameSource> {
  // The call may have waited for a place since its tables were checked.
  for (const dataset of datasets) {
    const looking = tables.lookForWrites(dataset)
    if (looking) await looking
  }
  if (datasets.every((dataset) => tables.vouchesForFormats(dataset))) return frame
  const { header } = frame
  return { ...frame, header: { ...header, meta: { ...header.meta, formatChecked: false } } }
}
