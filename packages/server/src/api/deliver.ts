import type { FrameSource, JsonFrame } from '@stockdb/contract'
import { collectJson } from '@stockdb/contract'
import type { CallContext, Services } from './context.ts'

/** What a value takes in a JSON answer, roughly. */
const JSON_VALUE_BYTES = 12

/**
 * The frame that `open` reads: on its way for a caller who asked for Arrow, to be streamed by the HTTP layer; collected as
 * JSON, within its limit, for others. A heavy one first waits for a place among the heavy calls.
 */
export async function deliver(
  { bounds }: Services,
  ctx: CallContext,
  heavy: boolean,
  open: () => FrameSource | Promise<FrameSource>,
): Promise<FrameSource | JsonFrame> {
  // A stream gives its place up when its call ends.
  const release = heavy ? await ctx.heavy() : undefined
  const frame = await open()
  if (ctx.format === 'arrow') return frame
  const json = await collectJson(frame, bounds.maxJsonRows)
  release?.()
  ctx.tally.rows = json.items.length
  ctx.hold(json.items.length * json.fields.length * JSON_VALUE_BYTES)
  return json
}
