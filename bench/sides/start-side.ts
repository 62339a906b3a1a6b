import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Order, Outcome, SideName } from './process.ts'
import type { Addresses } from './side.ts'

const PROCESS = fileURLToPath(new URL('./process.ts', import.meta.url))
const ORDER_TIMEOUT_MS = 120_000

export interface SideProcess {
  do(order: Order): Promise<Outcome>
  stop(): void
}

export async function startSide(name: SideName, addresses: Addresses): Promise<SideProcess> {
  const child = fork(PROCESS, [name, JSON.stringify(addresses)])
  await once(child, 'message', { signal: AbortSignal.timeout(30_000) })
  return {
    async do(order) {
      child.send(order)
      const [outcome] = (await once(child, 'message', { signal: AbortSignal.timeout(ORDER_TIMEOUT_MS) })) as [Outcome]
      return outcome
    },
    stop: () => void child.kill(),
  }
}
