import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Dataset } from '@stockdb/contract'
import type { StoredValue } from '@stockdb/contract/internal'
import { createLog, type StartOptions, type StockdbServer, start } from '@stockdb/server'
import { onTestFinished } from 'vitest'

type Rows = Iterable<readonly StoredValue[]>

/** A stockdb server for one test, on an embedded database in a temporary folder. */
export interface Served extends StockdbServer {
  /** Rows with values in the order of the dataset's fields. */
  fill(dataset: Dataset, rows: Rows): Promise<void>
  /** Closes the server and removes its folder. */
  end(): Promise<void>
}

export async function serve(options: Partial<StartOptions> = {}): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), 'stockdb-client-test-'))
  const server = await start({
    database: `sqlite:${join(folder, 'stock.db')}`,
    port: 0,
    log: createLog('silent'),
    ...options,
    // Most tests write beside the server, and ask again at once.
    bounds: { cacheMaxAgeMs: -1, ...options.bounds },
  })
  return {
    ...server,
    fill: (dataset, rows) => fill(server, dataset, rows),
    end: async () => {
      await server.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** As {@link serve}, until the end of the running test. */
export async function serveHere(options: Partial<StartOptions> = {}): Promise<Served> {
  const served = await serve(options)
  onTestFinished(() => served.end())
  return served
}

async function fill({ engine }: StockdbServer, dataset: Dataset, rows: Rows): Promise<void> {
  const transaction = await engine.begin(AbortSignal.timeout(30_000))
  await transaction.upsert(dataset, Object.keys(dataset.fields), [...rows])
  await transaction.commit()
}

/** Bars of `daily` whose close is given and whose other numbers follow from it. */
export function dailyRow(symbol: string, date: string, close: number | null): readonly StoredValue[] {
  return [symbol, date, close, close, close, close, close, 0, 0, 100, close === null ? null : close * 10]
}
