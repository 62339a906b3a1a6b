/** A side in a process of its own, which takes orders over the parent's channel: `node process.ts NAME ADDRESSES`. */
import { seeded } from '../statistics.ts'
import { parameterSweep, type Workload, workloads } from '../workloads/workloads.ts'
import type { Addresses, Side } from './side.ts'
import { type SideName, sides } from './sides.ts'

export interface Order {
  readonly workload: string
  /** Calls are started for so long; at least one is made. */
  readonly ms: number
  readonly seed: number
  /** Calls a second of mysql2 by workload, which the parameter sweep needs. */
  readonly mysql2Rates: readonly (readonly [string, number])[]
}

export interface Outcome {
  readonly calls: number
  readonly ms: number
  /** CPU time of this process. */
  readonly cpuMs: number
}

async function carryOut(side: Side, { ms, seed }: Order, workload: Workload): Promise<Outcome> {
  const random = seeded(seed)
  const start = performance.now()
  const cpu = process.cpuUsage()
  let calls = 0
  const caller = async (index: number): Promise<void> => {
    do {
      const rows = await side.run(workload.call(calls++, random), index)
      if (!(rows > 0) || (rows !== workload.rows && !Number.isNaN(workload.rows)))
        throw new Error(`${workload.id}: a call answered ${rows} rows; expected ${workload.rows}`)
    } while (performance.now() - start < ms)
  }
  await Promise.all(Array.from({ length: workload.callers }, (_, index) => caller(index)))
  const { user, system } = process.cpuUsage(cpu)
  return { calls, ms: performance.now() - start, cpuMs: (user + system) / 1_000 }
}

const [name, addresses] = process.argv.slice(2) as [SideName, string]
const side = await sides[name](JSON.parse(addresses) as Addresses)
process.on('message', (order: Order) => {
  const workload = workloads.find(({ id }) => id === order.workload) ?? parameterSweep(new Map(order.mysql2Rates))
  carryOut(side, order, workload).then(
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
