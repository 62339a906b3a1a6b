/** How long the server itself says that calls took, from when it read them to the end of their answers. */
export interface ServerView {
  /** Served calls by the upper end of their bucket, in milliseconds. */
  readonly calls: ReadonlyMap<number, number>
  /** The longest delay of the server's event loop since it was last asked. */
  readonly loopDelayMs: number
}

/** Reads what a server says in its metrics about one procedure. */
export async function serverView(url: string, procedure: string): Promise<ServerView> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const calls = new Map<number, number>()
  let below = 0
  const buckets = /^stockdb_call_seconds_bucket\{(.*)\} (\d+)$/gm
  for (const [, labels = '', count] of text.matchAll(buckets)) {
    if (!labels.includes(`procedure="${procedure}"`)) continue
    const end = /le="([^"]+)"/.exec(labels)?.[1]
    calls.set(end === '+Inf' ? Number.POSITIVE_INFINITY : Number(end) * 1_000, Number(count) - below)
    below = Number(count)
  }
  const delay = /^stockdb_event_loop_delay_seconds\{quantile="1"\} (\S+)$/m.exec(text)?.[1]
  return { calls, loopDelayMs: Number(delay) * 1_000 }
}

/** The end of the bucket in which a percentile of the calls between two moments is. */
export function bucketOf(before: ServerView, after: ServerView, share: number): number {
  const counts = [...after.calls].map(([end, count]) => [end, count - (before.calls.get(end) ?? 0)] as const)
  const all = counts.reduce((sum, [, count]) => sum + count, 0)
  let below = 0
  for (const [end, count] of counts) {
    below += count
    if (below > all * share) return end
  }
  return Number.NaN
}
