import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { dateAt, symbolAt } from '../database.ts'

export const COLUMNS = [
  ...['ts_code', 'trade_date', 'open', 'high', 'low', 'close', 'pre_close'],
  ...['change', 'pct_chg', 'vol', 'amount'],
] as const

/** Symbols of a day. */
const SYMBOLS = 1_000

export type Row = readonly [symbol: string, date: string, ...numbers: number[]]

/** A row of `daily`, the same in each run; numbers of few digits, as in a market. */
function rowAt(index: number): Row {
  const price = 10 + ((index * 7_919) % 1_000) / 100
  const close = Math.round((price + ((index * 31) % 100) / 100) * 100) / 100
  const [high, low] = [Math.round((close + 1) * 100) / 100, Math.round((price - 1) * 100) / 100]
  const change = Math.round((close - price) * 100) / 100
  const [vol, amount] = [(index * 13) % 1_000_000, ((index * 17) % 10_000_000) / 10]
  return [
    ...[symbolAt(index % SYMBOLS), dateAt(Math.floor(index / SYMBOLS))],
    ...[price, high, low, close, price, change, Math.round((change / price) * 1e6) / 1e4, vol, amount],
  ] as unknown as Row
}

/** Rows in batches, in the order of the primary key of none: by day, as they come. */
export function* batchesOf(rows: number, size: number): Generator<Row[]> {
  for (let from = 0; from < rows; from += size)
    yield Array.from({ length: Math.min(size, rows - from) }, (_, at) => rowAt(from + at))
}

/** The columns of a batch, as the client takes them. */
export function columnsOf(batch: readonly Row[]): Record<(typeof COLUMNS)[number], string[] | Float64Array> {
  return Object.fromEntries(
    COLUMNS.map((name, at) => [
      name,
      at < 2 ? batch.map((row) => row[at] as string) : Float64Array.from(batch, (row) => row[at] as number),
    ]),
  ) as ReturnType<typeof columnsOf>
}

/** Writes the rows as LOAD DATA takes them by default: tabs between values, a line each. */
export async function writeFileOf(rows: number, path: string): Promise<void> {
  const file = createWriteStream(path)
  for (const batch of batchesOf(rows, 10_000))
    if (!file.write(batch.map((row) => `${row.join('\t')}\n`).join(''))) await once(file, 'drain')
  file.end()
  await once(file, 'close')
}
