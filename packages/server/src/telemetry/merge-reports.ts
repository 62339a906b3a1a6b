import type {
  CacheStats,
  Health,
  MemoryReport,
  MemorySample,
  MemoryUsage,
  OpsConnections,
  OpsStats,
  Usage,
} from '@stockdb/contract/wire'
import type { Reports } from './all-workers.ts'
import type { Gathered } from './gathered.ts'
import type { StatusPart } from './status-feed.ts'

/** How many places of a profile are reported, as of one worker alone. */
const TOP = 15

/** The health of a server: ready if all of its workers answer, and each reaches the database. */
export function mergeHealth({ reports, silent, workers }: Gathered<Health>): Health {
  const all = reports.map(({ report }) => report)
  const database = all.every((report) => report.database === 'ok') ? 'ok' : 'unavailable'
  return {
    status: database === 'ok' && silent.length === 0 && all.length > 0 ? 'ok' : 'degraded',
    database,
    uptimeSeconds: Math.max(0, ...all.map(({ uptimeSeconds }) => uptimeSeconds)),
    ...(workers === 1 ? {} : { workers: { answering: all.length, of: workers } }),
  }
}

/** The statistics of a server; what dead workers had counted still counts. */
export function mergeStats({ reports, ended, workers, replaced }: Gathered<OpsStats>): OpsStats {
  const all = reports.map(({ report }) => report)
  const [first] = all
  if (!first) throw new TypeError('no worker reported')
  if (workers === 1) return first
  const ever = [...all, ...ended]
  const writing = all.flatMap(({ writeConnections }) => writeConnections ?? [])
  return {
    startedAt: all.map(({ startedAt }) => startedAt).toSorted()[0] ?? first.startedAt,
    uptimeSeconds: Math.max(...all.map(({ uptimeSeconds }) => uptimeSeconds)),
    callsInFlight: sumOf(all, ({ callsInFlight }) => callsInFlight),
    oldestSnapshotMs: Math.max(...all.map(({ oldestSnapshotMs }) => oldestSnapshotMs)),
    cache: mergeCaches(all.map(({ cache }) => cache)),
    connections: added<OpsConnections>(all.map(({ connections }) => connections)),
    ...(writing.length > 0 ? { writeConnections: added<OpsConnections>(writing) } : {}),
    total: mergeUsages(ever.map(({ total }) => total)),
    procedures: byName(
      ever.map(({ procedures }) => procedures),
      mergeUsages,
    ),
    callers: byName(
      ever.map(({ callers }) => callers),
      mergeUsages,
    ),
    workers: reports.map(({ worker, report: { startedAt, callsInFlight, connections, total } }) => ({
      ...{ worker, startedAt, callsInFlight, connections, total },
    })),
    workersReplaced: replaced,
  }
}

/** The status of a server. Resident memory is that of the process; the worst event loop stands for all. */
export function mergeStatus({ reports, ended }: Gathered<StatusPart>): StatusPart {
  const all = reports.map(({ report }) => report)
  const ever = [...all, ...ended]
  return {
    ...mergeSamples(all),
    calls: sumOf(ever, ({ calls }) => calls),
    refusals: sumOf(ever, ({ refusals }) => refusals),
    failures: sumOf(ever, ({ failures }) => failures),
    waiting: sumOf(all, ({ waiting }) => waiting),
    loopUtilization: Math.max(0, ...all.map(({ loopUtilization }) => loopUtilization)),
  }
}

/** A memory report of all workers: heaps and calls are added up, and places say whose they are. */
export function mergeMemory({ reports, workers }: Gathered<Reports['memory']>): MemoryReport {
  const all = reports.map(({ report }) => report)
  const [first] = all
  if (!first) throw new TypeError('no worker reported')
  if (workers === 1) return first
  const longest = Math.max(...all.map(({ history }) => history.length))
  const { minutes, ...growth } = added(all.map((report) => report.growth))
  const profiles = reports.flatMap(({ worker, report: { profile } }) => (profile ? [{ worker, profile }] : []))
  const places = (kind: 'retained' | 'allocated') =>
    profiles
      .flatMap(({ worker, profile }) => profile[kind].map((place) => ({ ...place, worker })))
      .toSorted((one, other) => other.bytes - one.bytes)
      .slice(0, TOP)
  return {
    now: mergeSamples(all.map(({ now }) => now)),
    heapLimit: sumOf(all, ({ heapLimit }) => heapLimit),
    // All take their samples in the same rhythm.
    history: Array.from({ length: longest }, (_, index) =>
      mergeSamples(all.flatMap(({ history }) => history.at(index - longest) ?? [])),
    ),
    growth: { ...growth, minutes: minutes / all.length, rss: first.growth.rss },
    procedures: byName(
      all.map(({ procedures }) => procedures),
      mergeMemoryUsages,
    ),
    callers: byName(
      all.map(({ callers }) => callers),
      mergeMemoryUsages,
    ),
    cache: mergeCaches(all.map(({ cache }) => cache)),
    ...(profiles.length === 0
      ? {}
      : {
          profile: {
            seconds: Math.max(...profiles.map(({ profile }) => profile.seconds)),
            retained: places('retained'),
            allocated: places('allocated'),
            procedures: byName(
              profiles.map(({ profile }) => profile.procedures),
              added,
            ),
            callers: byName(
              profiles.map(({ profile }) => profile.callers),
              added,
            ),
          },
        }),
    workers: reports.map(({ worker, report: { now, heapLimit, growth } }) => ({ worker, now, heapLimit, growth })),
  }
}

function mergeSamples(all: readonly MemorySample[]): MemorySample {
  const { at: _, rss: __, ...sums } = added(all.map(({ at, ...figures }) => ({ ...figures, at: 0 })))
  return {
    ...sums,
    at:
      all
        .map(({ at }) => at)
        .toSorted()
        .at(-1) ?? '',
    rss: Math.max(0, ...all.map(({ rss }) => rss)),
  }
}

function mergeCaches(all: readonly CacheStats[]): CacheStats {
  const seesCommits = all.map((one) => one.seesCommits)
  const disks = all.flatMap(({ disk }) => disk ?? [])
  return {
    ...added(all.map(({ seesCommits: _, disk: __, ...figures }) => figures)),
    ...(disks.length === 0 ? {} : { disk: added(disks) }),
    // Each worker is notified of the others' commits.
    changes: Math.max(...all.map(({ changes }) => changes)),
    commits: Math.max(...all.map(({ commits }) => commits)),
    seesCommits: seesCommits.includes(false) ? false : seesCommits.includes(null) ? null : true,
  }
}

function mergeUsages(all: readonly Usage[]): Usage {
  return {
    ...added(all.map(({ outcomes: _, ...figures }) => figures)),
    outcomes: byName(
      all.map(({ outcomes }) => outcomes),
      (counts) => sumOf(counts, (count) => count),
    ),
  }
}

function mergeMemoryUsages(all: readonly MemoryUsage[]): MemoryUsage {
  const figures = added(all.map(({ allocatedBytes: _, growth: __, ...counts }) => counts))
  const growths = all.map(({ growth }) => growth)
  return {
    ...figures,
    allocatedBytes: known(all.map(({ allocatedBytes }) => allocatedBytes)),
    growth: {
      ...added(growths.map(({ allocatedBytes: _, minutes: __, ...counts }) => counts)),
      minutes: Math.max(...growths.map(({ minutes }) => minutes)),
      allocatedBytes: known(growths.map(({ allocatedBytes }) => allocatedBytes)),
    },
  }
}

/** The sum of what is known; null if nothing is. */
function known(values: readonly (number | null)[]): number | null {
  const numbers = values.filter((value) => value !== null)
  return numbers.length === 0 ? null : sumOf(numbers, (value) => value)
}

/** Adds objects of numbers up, figure by figure. */
function added<Figures extends { readonly [K in keyof Figures]: number }>(all: readonly Figures[]): Figures {
  const sum: Record<string, number> = {}
  for (const figures of all)
    for (const [name, value] of Object.entries<number>(figures)) sum[name] = (sum[name] ?? 0) + value
  // Each of them has all figures.
  return sum as Figures
}

function byName<Value>(
  all: readonly Readonly<Record<string, Value>>[],
  merge: (values: readonly Value[]) => Value,
): Record<string, Value> {
  const names = new Set(all.flatMap((one) => Object.keys(one)))
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      merge(all.flatMap((one) => (Object.hasOwn(one, name) ? [one[name] as Value] : []))),
    ]),
  )
}

const sumOf = <Item>(items: readonly Item[], figure: (item: Item) => number): number =>
  items.reduce((sum, item) => sum + figure(item), 0)
