import type { Dataset } from '@stockdb/contract'
import type { FrameSource, JsonFrame } from '@stockdb/contract/wire'
import { collectJson } from '@stockdb/contract/wire'
import type { CallContext, Services } from './context.ts'

/** What a value takes while a JSON answer is put together and sent, roughly: itself, its text, and the text's bytes. */
const JSON_VALUE_BYTES = 40

/** A row in JSON, which is in memory until the whole answer is taken, weighs as many rows that are streamed. */
const JSON_WEIGHT = 10

/**
 * The frame that `open` reads: on its way for a caller who asked for Arrow, to be streamed by the HTTP layer; collected as
 * JSON, within its limits, for others. One that is expected to read more than `heavyRows` of the server's bounds first waits
 * for a place among the heavy calls. `datasets` are those that are read: rows of theirs may be missing where a date is in another form than declared.
 */
export async function deliver(
  { bounds, tables }: Services,
  ctx: CallContext,
  guessedRows: number,
  open: () => FrameSource | Promise<FrameSource>,
  datasets: readonly Dataset[] = [],
): Promise<FrameSource | JsonFrame> {
  const weight = ctx.format === 'json' ? JSON_WEIGHT : 1
  // A stream gives its place up when its call ends.
  const release = guessedRows * weight > bounds.heavyRows ? await ctx.heavy() : undefined
  const frame = withFormats(
    await open(),
    datasets.some((dataset) => !tables.vouchesForFormats(dataset)),
  )
  if (ctx.format === 'arrow') return frame
  const limits = { maxRows: bounds.maxJsonRows, maxValues: bounds.maxJsonValues }
  const json = await collectJson(frame, limits, (values) => ctx.hold(values * JSON_VALUE_BYTES))
  release?.()
  // Several calls of one request each add theirs.
  ctx.tally.rows += json.items.length
  return json
}

function withFormats(frame: FrameSource, unchecked: boolean): FrameSource {
  if (!unchecked) return frame
  const { header } = frame
  return { ...frame, header: { ...header, meta: { ...header.meta, formatChecked: false } } }
}
