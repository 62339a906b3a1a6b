import type { Addresses } from '../sides/side.ts'
import type { SideName } from '../sides/sides.ts'
import { type SideProcess, startSide } from '../sides/start-side.ts'
import { median } from '../statistics.ts'
import type { Workload } from '../workloads/workloads.ts'
import { cpuMsOf } from './cpu-time.ts'

/** How a side did in a workload, over all rounds. */
export interface Throughput {
  readonly callsPerSecond: number
  /** The slowest and the fastest round. */
  readonly slowest: number
  readonly fastest: number
  /** CPU time of one call, in microseconds, by where it is spent. */
  readonly cpuUs: { readonly client: number; readonly server: number; readonly database: number }
}

/** Process ids of what the sides share. */
export interface Pids {
  readonly database: number | undefined
  readonly server: Partial<Record<SideName, number>>
}

export interface Rounds {
  readonly rounds: number
  readonly ms: number
}

/** V8 goes on compiling what a small call runs for about 12,000 calls, which take about twice as long. */
const WARM_UP_MS = 10_000

/** Lets the sides of a workload take turns, round by round, after a longer one to warm up. */
export async function measureThroughput(
  workload: Workload,
  addresses: Addresses,
  pids: Pids,
  { rounds, ms }: Rounds,
  mysql2Rates: ReadonlyMap<string, number>,
): Promise<Map<SideName, Throughput>> {
  const names = workload.sides.filter((side) => side !== 'replaced' || addresses.replaced !== undefined)
  const processes = await Promise.all(names.map((name) => startSide(name, addresses)))
  const measured = names.map((): Sample[] => [])
  try {
    for (let round = -1; round < rounds; round++) {
      for (const [index, side] of processes.entries()) {
        const length = round < 0 ? Math.max(ms, WARM_UP_MS) : ms
        const order = { workload: workload.id, ms: length, seed: round + 2, mysql2Rates: [...mysql2Rates] }
        const sample = await sampleOf(side, order, [pids.server[names[index] as SideName], pids.database])
        if (round >= 0) measured[index]?.push(sample)
      }
    }
  } finally {
    await Promise.all(processes.map((side) => side.stop()))
  }
  return new Map(names.map((name, index) => [name, throughputOf(measured[index] as Sample[])]))
}

interface Sample {
  readonly callsPerSecond: number
  readonly cpuUs: readonly [client: number, server: number, database: number]
}

async function sampleOf(
  side: SideProcess,
  order: Parameters<SideProcess['carryOut']>[0],
  pids: readonly [server: number | undefined, database: number | undefined],
): Promise<Sample> {
  const cpu = (): number[] => pids.map((pid) => (pid === undefined ? 0 : cpuMsOf(pid)))
  const before = cpu()
  const { calls, ms, cpuMs } = await side.carryOut(order)
  const [server = 0, database = 0] = cpu().map((after, index) => after - (before[index] as number))
  const perCall = (spentMs: number): number => (spentMs * 1_000) / calls
  return { callsPerSecond: (calls * 1_000) / ms, cpuUs: [perCall(cpuMs), perCall(server), perCall(database)] }
}

function throughputOf(samples: readonly Sample[]): Throughput {
  const rates = samples.map(({ callsPerSecond }) => callsPerSecond)
  const [client, server, database] = ([0, 1, 2] as const).map((place) =>
    median(samples.map(({ cpuUs }) => cpuUs[place])),
  )
  return {
    callsPerSecond: median(rates),
    slowest: Math.min(...rates),
    fastest: Math.max(...rates),
    cpuUs: { client: client as number, server: server as number, database: database as number },
  }
}
