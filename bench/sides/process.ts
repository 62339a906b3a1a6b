/**
 * Runs a side in a separate process, controlled over the IPC channel of its parent: `node process.ts NAME ADDRESSES`.
 */
import { DAYS, dateAt, SYMBOLS, symbolAt } from '../database.ts'
import { kyselyObjects } from './kysely.ts'
import { mysql2Arrays, mysql2Counting } from './mysql2.ts'
import type { Addresses, Side } from './side.ts'
import { stockdb } from './stockdb.ts'

export const sides = {
  stockdb,
  'mysql2 arrays': mysql2Arrays,
  'kysely objects': kyselyObjects,
  'mysql2 counting': mysql2Counting,
}
export type SideName = keyof typeof sides

export type Order =
  | { readonly what: 'bulk'; readonly symbols: number }
  | { readonly what: 'point'; readonly callers: number; readonly ms: number }

/** Result of a command: rows and milliseconds; for point reads the number of calls in that time. */
export interface Outcome {
  readonly count: number
  readonly ms: number
}

/** Rows of one point query. */
const POINT_ROWS = 64

async function carryOut(side: Side, order: Order): Promise<Outcome> {
  const start = performance.now()
  if (order.what === 'bulk') return { count: await side.bulk(order.symbols), ms: performance.now() - start }
  let calls = 0
  const caller = async (index: number): Promise<void> => {
    while (performance.now() - start < order.ms) {
      const symbol = symbolAt(Math.floor(Math.random() * SYMBOLS))
      const day = Math.floor(Math.random() * (DAYS - POINT_ROWS))
      const rows = await side.point(index, symbol, dateAt(day), dateAt(day + POINT_ROWS - 1))
      if (rows !== POINT_ROWS) throw new Error(`a point query had ${rows} rows, not ${POINT_ROWS}`)
      calls++
    }
  }
  await Promise.all(Array.from({ length: order.callers }, (_, index) => caller(index)))
  return { count: calls, ms: performance.now() - start }
}

if (process.send) {
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
  process.send('ready')
}
