import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Order, Outcome } from './process.ts'
import type { Addresses } from './side.ts'
import type { SideName } from './sides.ts'

const PROCESS = fileURLToPath(new URL('./process.ts', import.meta.url))
const START_TIMEOUT_MS = 30_000
const ORDER_TIMEOUT_MS = 300_000
const STOP_TIMEOUT_MS = 60_000

export interface SideProcess {
  carryOut(order: Order): Promise<Outcome>
  stop(): Promise<void>
}

/** Starts a side; `execArgv` are options of Node. */
export async function startSide(
  name: SideName,
  addresses: Addresses,
  execArgv: readonly string[] = [],
): Promise<SideProcess> {
  const child = fork(PROCESS, [name, JSON.stringify(addresses)], { execArgv: [...execArgv] })
  await once(child, 'message', { signal: AbortSignal.timeout(START_TIMEOUT_MS) })
  return {
    async carryOut(order) {
      const controller = new AbortController()
      const timer = setTimeout(() => controller.abort(new Error(`${name}: no outcome in time`)), ORDER_TIMEOUT_MS)
      child.once('exit', () => controller.abort(new Error(`${name} ended`)))
      try {
        child.send(order)
        const [outcome] = (await once(child, 'message', { signal: controller.signal })) as [Outcome]
        return outcome
      } finally {
        clearTimeout(timer)
      }
    },
    async stop() {
      child.kill()
      await once(child, 'exit', { signal: AbortSignal.timeout(STOP_TIMEOUT_MS) })
    },
  }
}
