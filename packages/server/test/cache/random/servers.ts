import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { type Client, connect } from '@stockdb/client'
import type { Tushare } from '@stockdb/contract'
import { askJson } from '../../support/ask-json.ts'
import { startServing } from '../../support/program.ts'
import { serve } from '../../support/serve.ts'
import type { Cell, Question } from './questions.ts'

/** How old what a client keeps may be. */
export const CLIENT_MAX_AGE_MS = 400

interface Kind {
  /** How old its answers may be. */
  readonly maxAgeMs: number
  /** A server that is a process listens where it did before, so that its clients find what they kept. */
  start(address: string, dir: string, port: number): Promise<{ readonly url: string; close(): Promise<unknown> }>
}

/** A server in this process. */
const here = (maxAgeMs: number, keepsFiles: boolean, bounds: { readonly cacheMemoryBytes?: number } = {}): Kind => ({
  maxAgeMs,
  start: async (address, dir) => {
    const served = await serve(address, {
      bounds: { cacheMaxAgeMs: maxAgeMs, ...bounds },
      ...(keepsFiles ? { cacheDir: dir } : {}),
    })
    return { url: served.server.url, close: () => served.close() }
  },
})

/** A server that is a process of its own, with two workers, and ends by a signal. */
const apart = (maxAgeMs: number, signal: NodeJS.Signals): Kind => ({
  maxAgeMs,
  start: async (address, dir, port) => {
    const { url, child, ended } = await startServing([
      ...[
        '--database',
        address,
        '--data',
        dir,
        '--cache-dir',
        join(dir, 'cache'),
        '--log-level',
        'error',
        '--port',
        `${port}`,
      ],
      ...['--workers', '2', '--cache-max-age', `${maxAgeMs}`, '--cache-memory', '128KB', '--max-loop-delay', '60000'],
    ])
    const close = (): Promise<unknown> => {
      child.kill(signal)
      return ended
    }
    return { url, close }
  },
})

/** Each has another bound on the age of its answers, and two of them hardly any memory. */
export const kinds: readonly Kind[] = [
  here(2_000, true),
  here(0, false),
  here(300, true, { cacheMemoryBytes: 32 * 2 ** 10 }),
  apart(500, 'SIGTERM'),
  apart(1_000, 'SIGKILL'),
]

/** A running server with its clients. */
export class RandomServer {
  readonly maxAgeMs: number
  readonly #kind: Kind
  readonly #address: string
  readonly #dir: string
  #port = 0
  #running: Awaited<ReturnType<Kind['start']>> | undefined
  /** One keeps answers, in memory and in a folder; the other keeps nothing. */
  #keeping: Client<Tushare> | undefined
  #plain: Client<Tushare> | undefined

  constructor(kind: Kind, address: string, folder: string) {
    this.maxAgeMs = kind.maxAgeMs
    this.#kind = kind
    this.#address = address
    this.#dir = mkdtempSync(join(folder, 'server-'))
  }

  async start(): Promise<void> {
    this.#running = await this.#kind.start(this.#address, this.#dir, this.#port)
    const { url } = this.#running
    this.#port = Number(new URL(url).port)
    this.#plain = await connect(url)
    const dir = join(this.#dir, 'client')
    this.#keeping = await connect(url, { cache: { maxAge: CLIENT_MAX_AGE_MS, memory: '64KB', dir } })
  }

  async close(): Promise<void> {
    await this.#running?.close()
  }

  /** How many blocks it has on disk, and how many answers were made of blocks alone. */
  async blocks(): Promise<{ readonly filed: number; readonly used: number }> {
    const { disk, fromBlocks } = (await this.client(false).ops.stats()).cache
    return { filed: disk?.blocks ?? 0, used: fromBlocks }
  }

  client(keeps: boolean): Client<Tushare> {
    return (keeps ? this.#keeping : this.#plain) as Client<Tushare>
  }

  /** What it answers, and as of when if it was kept; by JSON, or through the client that keeps answers. */
  async ask({ path, input }: Question, keeps: boolean): Promise<{ rows: Cell[][]; asOf: string | undefined }> {
    if (!keeps) {
      const { items, meta } = await askJson(this.#running?.url as string, path, input)
      return { rows: items as Cell[][], asOf: meta.cache?.asOf }
    }
    const [dataset = '', method = ''] = path.split('.')
    const db = this.client(true)
    // Called by name, as the series chooses it.
    const call =
      path === 'screen' ? db.screen : (db[dataset as 'daily'][method as 'range'] as (input: object) => unknown)
    const frame = (await call(input as never)) as unknown as Rows | Cells
    const asOf = frame.meta.cache?.asOf
    return { rows: 'panels' in frame ? cellsOf(frame) : rowsOf(frame), asOf }
  }
}

/** Frames of any dataset, as far as the series reads them. */
interface Cells {
  readonly panels: { readonly close: { readonly values: readonly Float64Array[] } }
  readonly dates: readonly string[]
  readonly symbols: readonly string[]
  readonly meta: Rows['meta']
}

interface Rows {
  readonly columns: Readonly<Record<string, ArrayLike<Cell>>>
  readonly numRows: number
  readonly meta: { readonly cache?: { readonly asOf: string } }
}

const rowsOf = ({ columns, numRows }: Rows): Cell[][] =>
  Array.from({ length: numRows }, (_, row) => Object.values(columns).map((values) => orNull(values[row])))

function cellsOf({ panels, dates, symbols }: Cells): Cell[][] {
  return symbols.flatMap((symbol, column) =>
    dates.map((date, row) => [symbol, date, orNull(panels.close.values[row]?.[column])]),
  )
}

/** JSON has no NaN. */
const orNull = (value: Cell | undefined): Cell => (value === undefined || Number.isNaN(value) ? null : value)
