import { Session } from 'node:inspector/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AllocationSite, MemoryProfile, ProcedureProfile } from '@stockdb/contract/wire'
import { allocationSites } from './allocation-sites.ts'
import { SourceLines } from './source-lines.ts'
import { WorkShares } from './work-shares.ts'
import { WorkSlices } from './work-slices.ts'

/** Average bytes allocated between two heap samples. */
const HEAP_INTERVAL = 32_768
/** The most CPU samples in one profile, and their shortest interval. */
const CPU_SAMPLES = 20_000
const CPU_INTERVAL_US = 500
/** The part of a profile that samples all allocations; the rest samples those that survive. */
const ALLOCATED_PART = 0.25
/** How long finalizers may run. */
const FINALIZERS_MS = 30

/**
 * Profiles what this process allocates for some seconds, by place in the sources, by procedure and by caller. V8's
 * sampling heap profiler sees objects of the JavaScript heap. It does not count a buffer's memory, only the small
 * object that holds it, but the places are right for buffers too.
 *
 * Ends early with the reason of `signal` when it fires. Only one may run at a time: V8 has one profiler.
 */
export async function profileMemory(seconds: number, signal: AbortSignal): Promise<MemoryProfile> {
  const session = new Session()
  session.connect()
  const slices = new WorkSlices({ withTimeline: true })
  const startedAt = performance.now()
  try {
    const interval = Math.max(CPU_INTERVAL_US, Math.ceil((seconds * 1e6) / CPU_SAMPLES))
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval })
    await session.post('Profiler.start')
    slices.start()
    const everything = { includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true }
    const watch = async (ms: number, flags: object) => {
      await session.post('HeapProfiler.startSampling', { samplingInterval: HEAP_INTERVAL, ...flags })
      await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted())
      if (flags !== everything) await collectGarbage(session)
      return (await session.post('HeapProfiler.stopSampling')).profile
    }
    const allocated = await watch(seconds * 1000 * ALLOCATED_PART, everything)
    const retained = await watch(seconds * 1000 * (1 - ALLOCATED_PART), {})
    slices.stop()
    const cpu = (await session.post('Profiler.stop')).profile
    const { timeline } = slices
    if (!timeline) throw new TypeError('the slices were made without a timeline')
    const shares = new WorkShares(cpu, timeline, clockOffsetUs())
    const lines = new SourceLines()
    const held = allocationSites(retained, shares, lines)
    return {
      seconds: (performance.now() - startedAt) / 1000,
      retained: held,
      allocated: allocationSites(allocated, shares, lines),
      procedures: byProcedure(slices, shares, held),
      callers: Object.fromEntries([...slices.callers].map(([name, allocatedBytes]) => [name, { allocatedBytes }])),
    }
  } finally {
    slices.stop()
    session.disconnect()
  }
}

/**
 * Collects all garbage. It takes three passes with pauses: what a finalizer holds, as those of Node's abort signals do,
 * is free only after it has run.
 */
async function collectGarbage(session: Session): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await session.post('HeapProfiler.collectGarbage')
    await sleep(FINALIZERS_MS)
  }
}

/** V8's clock is that of `process.hrtime`; `performance.now()` counts from the start of the process. */
function clockOffsetUs(): number {
  return Number(process.hrtime.bigint()) / 1000 - performance.now() * 1000
}

function byProcedure(
  slices: WorkSlices,
  shares: WorkShares,
  retained: readonly AllocationSite[],
): Record<string, ProcedureProfile> {
  const held = new Map<string, number>()
  for (const { bytes, procedures } of retained) {
    for (const { procedure, share } of procedures) held.set(procedure, (held.get(procedure) ?? 0) + bytes * share)
  }
  const names = new Set([...slices.procedures.keys(), ...shares.cpuMs.keys(), ...held.keys()])
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      {
        allocatedBytes: slices.procedures.get(name) ?? 0,
        retainedBytes: Math.round(held.get(name) ?? 0),
        cpuMs: Math.round(shares.cpuMs.get(name) ?? 0),
      },
    ]),
  )
}
