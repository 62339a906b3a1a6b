import type { Profiler, Runtime } from 'node:inspector'
import type { ProcedureShare } from '@stockdb/contract/wire'
import { functionKey, isOwnCode } from './call-frames.ts'
import type { Timeline } from './work-slices.ts'

/** Below this many samples of a function, nothing is said about its callers. */
const MIN_SAMPLES = 3

/** For which procedures functions work, and on which of their lines, from CPU samples. */
export class WorkShares {
  readonly cpuMs = new Map<string, number>()
  readonly #functions = new Map<string, Map<string, number>>()
  readonly #lines = new Map<string, Map<number, number>>()

  /**
   * V8 samples what runs, but not for which call; the timeline knows the call, but not what runs. Both carry the time.
   * `clockOffsetUs` is added to `performance.now()`, in microseconds, to get V8's clock.
   */
  constructor(profile: Profiler.Profile, timeline: Timeline, clockOffsetUs: number) {
    const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
    const parents = new Map(profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])))
    let now = profile.startTime
    let at = 0
    const { samples = [], timeDeltas = [] } = profile
    samples.forEach((id, index) => {
      const spent = timeDeltas[index] ?? 0
      now += spent
      const ms = (now - clockOffsetUs) / 1000
      while (at + 1 < timeline.length && (timeline.startedAt[at + 1] ?? 0) <= ms) at++
      const owner = timeline.names[timeline.owners[at] ?? 0]
      // The timeline has no data after its end.
      if (!owner || (at === timeline.length - 1 && timeline.length === timeline.startedAt.length)) return
      this.cpuMs.set(owner, (this.cpuMs.get(owner) ?? 0) + spent / 1000)
      const seen = new Set<string>()
      for (let node = nodes.get(id); node; node = nodes.get(parents.get(node.id) ?? -1)) {
        const key = functionKey(node.callFrame)
        if (!seen.has(key)) add(this.#functions, key, owner)
        seen.add(key)
      }
    })
    for (const { callFrame, positionTicks = [] } of profile.nodes) {
      for (const { line, ticks } of positionTicks) add(this.#lines, functionKey(callFrame), line, ticks)
    }
  }

  /**
   * Which procedures a stack works for: decided by our function on it that works for the fewest. One near the root may
   * serve all, and so may one at the leaf.
   */
  of(stack: readonly Runtime.CallFrame[]): ProcedureShare[] {
    let best: { readonly weight: number; readonly counts: ReadonlyMap<string, number> } | undefined
    for (const frame of stack) {
      const counts = this.#functions.get(functionKey(frame))
      if (!counts || !isOwnCode(frame)) continue
      const all = sum(counts)
      // The divisor is larger by two, so that few samples do not look certain.
      const weight = Math.max(...counts.values()) / (all + 2)
      if (all >= MIN_SAMPLES && (!best || weight > best.weight)) best = { weight, counts }
    }
    if (!best) return []
    const { counts } = best
    return [...counts]
      .map(([procedure, count]) => ({ procedure, share: count / sum(counts) }))
      .sort((a, b) => b.share - a.share)
  }

  /** The line, counted from 1, where a function was sampled most often. */
  busiestLine(frame: Runtime.CallFrame): number | undefined {
    return [...(this.#lines.get(functionKey(frame)) ?? [])].sort((a, b) => b[1] - a[1])[0]?.[0]
  }
}

function add<Key>(counts: Map<string, Map<Key, number>>, name: string, key: Key, count = 1): void {
  const inner = counts.get(name) ?? new Map<Key, number>()
  inner.set(key, (inner.get(key) ?? 0) + count)
  counts.set(name, inner)
}

function sum(counts: ReadonlyMap<unknown, number>): number {
  let all = 0
  for (const count of counts.values()) all += count
  return all
}
