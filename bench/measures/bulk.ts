import { DAYS } from '../database.ts'
import type { SideName } from '../sides/process.ts'
import type { Addresses } from '../sides/side.ts'
import { startSide } from '../sides/start-side.ts'
import { median } from '../statistics.ts'

const ROWS = 500_000
const ROUNDS = 7
const names: SideName[] = ['stockdb', 'mysql2 arrays', 'kysely objects', 'mysql2 counting']

/** (a) Median seconds to read 500,000 rows × 11 columns, side by side: each round runs every side once. */
export async function measureBulk(addresses: Addresses): Promise<Map<SideName, number>> {
  const processes = await Promise.all(names.map((name) => startSide(name, addresses)))
  const seconds = names.map((): number[] => [])
  for (let round = -1; round < ROUNDS; round++) {
    for (const [index, side] of processes.entries()) {
      const { count, ms } = await side.do({ what: 'bulk', symbols: ROWS / DAYS })
      if (count !== ROWS) throw new Error(`${names[index]} read ${count} rows, not ${ROWS}`)
      // The first round is a warm-up.
      if (round >= 0) seconds[index]?.push(ms / 1000)
    }
  }
  for (const side of processes) side.stop()
  return new Map(names.map((name, index) => [name, median(seconds[index] ?? [])]))
}
