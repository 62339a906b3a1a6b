import type { Order } from '../sides/process.ts'
import type { Addresses } from '../sides/side.ts'
import type { SideName } from '../sides/sides.ts'
import { type SideProcess, startSide } from '../sides/start-side.ts'
import { median } from '../statistics.ts'
import type { Sweep } from '../workloads/sweep.ts'
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

/** The median of rounds of the same length, after a longer one to warm up. */
export async function measureThroughput(
  { id, sides }: Workload,
  addresses: Addresses,
  pids: Pids,
  { rounds, ms }: Rounds,
): Promise<Map<SideName, Throughput>> {
  const orders = Array.from({ length: rounds + 1 }, (_, round) => ({
    workload: id,
    ms: round === 0 ? Math.max(ms, WARM_UP_MS) : ms,
    seed: round + 1,
  }))
  const samples = await takeTurns(sides, addresses, pids, orders)
  return new Map([...samples].map(([name, each]) => [name, throughputOf(each)]))
}

/** All calls of a sweep ÷ all the time that they take: the rounds have different calls. */
export async function measureSweep(
  { id, sides, callers, warmUp, rounds }: Sweep,
  addresses: Addresses,
  pids: Pids,
): Promise<Map<SideName, Throughput>> {
  const orders = [warmUp, ...rounds].map((calls) => ({ workload: id, callers, calls }))
  const samples = await takeTurns(sides, addresses, pids, orders)
  return new Map([...samples].map(([name, each]) => [name, throughputOf(each, [sumOf(each)])]))
}

interface Sample {
  readonly calls: number
  readonly ms: number
  readonly cpuMs: { readonly client: number; readonly server: number; readonly database: number }
}

/** Lets the sides take turns, order by order; the first one is to warm up. */
async function takeTurns(
  sides: readonly SideName[],
  addresses: Addresses,
  pids: Pids,
  [warmUp, ...orders]: readonly Order[],
): Promise<Map<SideName, Sample[]>> {
  const names = sides.filter((side) => side !== 'replaced' || addresses.replaced !== undefined)
  const running = await Promise.all(
    names.map(async (name) => ({ name, side: await startSide(name, addresses), samples: [] as Sample[] })),
  )
  try {
    for (const { side } of running) await side.carryOut(warmUp as Order)
    for (const order of orders)
      for (const { name, side, samples } of running)
        samples.push(await sampleOf(side, order, [pids.server[name], pids.database]))
  } finally {
    await Promise.all(running.map(({ side }) => side.stop()))
  }
  return new Map(running.map(({ name, samples }) => [name, samples]))
}

async function sampleOf(
  side: SideProcess,
  order: Order,
  pids: readonly [server: number | undefined, database: number | undefined],
): Promise<Sample> {
  const cpu = (): number[] => pids.map((pid) => (pid === undefined ? 0 : cpuMsOf(pid)))
  const before = cpu()
  const { calls, ms, cpuMs } = await side.carryOut(order)
  const [server = 0, database = 0] = cpu().map((after, index) => after - (before[index] as number))
  return { calls, ms, cpuMs: { client: cpuMs, server, database } }
}

function sumOf(samples: readonly Sample[]): Sample {
  const sum = (of: (sample: Sample) => number): number => samples.reduce((all, sample) => all + of(sample), 0)
  return {
    calls: sum(({ calls }) => calls),
    ms: sum(({ ms }) => ms),
    cpuMs: {
      client: sum(({ cpuMs }) => cpuMs.client),
      server: sum(({ cpuMs }) => cpuMs.server),
      database: sum(({ cpuMs }) => cpuMs.database),
    },
  }
}

/** The median of samples; its spread is that of the rounds. */
function throughputOf(rounds: readonly Sample[], samples = rounds): Throughput {
  const rate = ({ calls, ms }: Sample): number => (calls * 1_000) / ms
  const cpuUs = (of: keyof Sample['cpuMs']): number =>
    median(samples.map(({ calls, cpuMs }) => (cpuMs[of] * 1_000) / calls))
  return {
    callsPerSecond: median(samples.map(rate)),
    slowest: Math.min(...rounds.map(rate)),
    fastest: Math.max(...rounds.map(rate)),
    cpuUs: { client: cpuUs('client'), server: cpuUs('server'), database: cpuUs('database') },
  }
}
