import type { SideName } from '../sides/process.ts'
import type { Addresses } from '../sides/side.ts'
import { startSide } from '../sides/start-side.ts'
import { median } from '../statistics.ts'

const ROUNDS = 5
const ROUND_MS = 3_000
const CALLERS = 8
const names: SideName[] = ['stockdb', 'mysql2 arrays', 'kysely objects']

/** (b) Median calls a second, 64 rows each, with 8 callers at once, side by side. */
export async function measurePoint(addresses: Addresses): Promise<Map<SideName, number>> {
  const processes = await Promise.all(names.map((name) => startSide(name, addresses)))
  const rates = names.map((): number[] => [])
  for (let round = -1; round < ROUNDS; round++) {
    for (const [index, side] of processes.entries()) {
      const { count, ms } = await side.do({ what: 'point', callers: CALLERS, ms: ROUND_MS })
      if (round >= 0) rates[index]?.push((count / ms) * 1000)
    }
  }
  for (const side of processes) side.stop()
  return new Map(names.map((name, index) => [name, median(rates[index] ?? [])]))
}
