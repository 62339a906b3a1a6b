/** A side in a process of its own, which takes orders over the parent's channel: `node process.ts NAME ADDRESSES`. */
import { seeded } from '../statistics.ts'
import type { ListedCall } from '../workloads/sweep.ts'
import { workloads } from '../workloads/workloads.ts'
import type { Addresses, Side } from './side.ts'
import { type SideName, sides } from './sides.ts'

/** What a side is to do: calls of a workload for a while, or a list of calls to its end. */
export type Order = TimedOrder | ListOrder

interface TimedOrder {
  readonly workload: string
  /** Calls are started for so long; at least one is made by each caller. */
  readonly ms: number
  readonly seed: number
}

interface ListOrder {
  readonly workload: string
  readonly callers: number
  readonly calls: readonly ListedCall[]
}

export interface Outcome {
  readonly calls: number
  readonly ms: number
  /** CPU time of this process. */
  readonly cpuMs: number
}

async function carryOut(side: Side, order: Order): Promise<Outcome> {
  const start = performance.now()
  const { callers, call } = 'calls' in order ? fromList(order) : timed(order, start)
  const cpu = process.cpuUsage()
  let calls = 0
  const caller = async (index: number): Promise<void> => {
    for (let next = call(calls); next; next = call(calls)) {
      calls++
      const rows = await side.run(next.call, index)
      if (!(rows > 0) || (rows !== next.rows && !Number.isNaN(next.rows)))
        throw new Error(`${order.workload}: a call answered ${rows} rows; expected ${next.rows}`)
    }
  }
  await Promise.all(Array.from({ length: callers }, (_, index) => caller(index)))
  const { user, system } = process.cpuUsage(cpu)
  return { calls, ms: performance.now() - start, cpuMs: (user + system) / 1_000 }
}

/** How many make calls at the same time, and the call number `count`, if there is one more. */
interface Calls {
  readonly callers: number
  call(count: number): ListedCall | undefined
}

const fromList = ({ callers, calls }: ListOrder): Calls => ({ callers, call: (count) => calls[count] })

function timed({ workload: id, ms, seed }: TimedOrder, start: number): Calls {
  const workload = workloads.find((one) => one.id === id)
  if (!workload) throw new Error(`there is no workload ${id}`)
  const { callers, rows } = workload
  const random = seeded(seed)
  const call = (count: number): ListedCall | undefined =>
    count < callers || performance.now() - start < ms ? { call: workload.call(count, random), rows } : undefined
  return { callers, call }
}

const [name, addresses] = process.argv.slice(2) as [SideName, string]
const side = await sides[name](JSON.parse(addresses) as Addresses)
process.on('message', (order: Order) => {
  carryOut(side, order).then(
    (outcome) => process.send?.(outcome),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
// A profile is written when a process ends by itself, which a signal is not.
process.on('SIGTERM', () => process.exit(0))
process.send?.('ready')
