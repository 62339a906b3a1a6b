import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, Tushare } from '@stockdb/client'
import { type ErrorCode, StockdbError } from '@stockdb/contract/wire'

/** A call repeated by a number of concurrent callers. */
export interface Kind {
  readonly name: string
  readonly callers: number
  /** Rows of a complete answer. */
  readonly rows: number
  /** Calls once and resolves to the number of rows. */
  ask(): Promise<number>
}

/** How a call ended; times are those of `performance.now()`. */
export interface Ended {
  readonly kind: string
  readonly startedAt: number
  readonly endedAt: number
  /** `short` must never occur: an incomplete answer without an error. */
  readonly how: 'whole' | 'short' | ErrorCode
  readonly retryable: boolean
}

/** Pause between two calls of a caller. */
const PAUSE_MS = 20
/** Pause before a retry, as in a strategy. */
const PAUSE_AFTER_ERROR_MS = 50
/** Pause per batch of a slow reader. */
const WORK_MS = 100

/** Callers that keep calling, whatever happens to the server or its database, and record every outcome. */
export class SteadyLoad {
  readonly ended: Ended[] = []
  readonly #kinds: readonly Kind[]
  readonly #callers: readonly Promise<void>[]
  #stopped = false

  constructor(kinds: readonly Kind[]) {
    this.#kinds = kinds
    this.#callers = kinds.flatMap((kind) => Array.from({ length: kind.callers }, () => this.#ask(kind)))
  }

  /** For each kind the milliseconds from `since` to the first complete answer to a call made after `asked`. */
  firstWhole(asked: number, since: number): ReadonlyMap<string, number> {
    const first = new Map<string, number>()
    for (const { kind, how, startedAt, endedAt } of this.ended) {
      if (how !== 'whole' || startedAt < asked) continue
      first.set(kind, Math.min(first.get(kind) ?? Number.POSITIVE_INFINITY, Math.max(0, endedAt - since)))
    }
    return first
  }

  /** The kinds without a complete answer to a call made after `asked`. */
  unanswered(asked: number): string[] {
    const answered = this.firstWhole(asked, asked)
    return this.#kinds.map(({ name }) => name).filter((name) => !answered.has(name))
  }

  /** Counts by kind and outcome, such as `point whole`. */
  counts(): Readonly<Record<string, number>> {
    const groups = Map.groupBy(this.ended, ({ kind, how }) => `${kind} ${how}`)
    return Object.fromEntries([...groups].map(([name, calls]) => [name, calls.length]).toSorted())
  }

  /**
   * Makes no more calls, and resolves when the last has ended. Rejects if one failed with something other than a
   * `StockdbError`.
   */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#callers)
  }

  async #ask(kind: Kind): Promise<void> {
    while (!this.#stopped) {
      const startedAt = performance.now()
      const end = (how: Ended['how'], retryable = false): void => {
        this.ended.push({ kind: kind.name, startedAt, endedAt: performance.now(), how, retryable })
      }
      try {
        end((await kind.ask()) === kind.rows ? 'whole' : 'short')
        await sleep(PAUSE_MS)
      } catch (error) {
        if (!(error instanceof StockdbError)) throw error
        end(error.code, error.retryable)
        await sleep(PAUSE_AFTER_ERROR_MS)
      }
    }
  }
}

/** Typical calls on a table `daily` with `days` rows for each of `symbols` codes before 2010, as made by `fillDaily`. */
export function strategies(db: Client<Tushare>, symbols: number, days: number): Kind[] {
  const end = '2009-12-31'
  const code = '000007.SZ'
  return [
    {
      name: 'point',
      callers: 4,
      rows: days,
      ask: async () => (await db.daily.range({ symbols: [code], end })).numRows,
    },
    {
      name: 'bulk',
      callers: 1,
      rows: symbols * days,
      ask: async () => (await db.daily.range({ end, fields: ['close', 'vol'] })).numRows,
    },
    { name: 'stream', callers: 1, rows: symbols * days, ask: () => rowsOf(db.daily.stream({ end })) },
    { name: 'slow stream', callers: 2, rows: symbols * days, ask: () => rowsOf(db.daily.stream({ end }), WORK_MS) },
    {
      name: 'query',
      callers: 1,
      rows: days,
      ask: async () =>
        (
          await db.query
            .selectFrom('daily')
            .select(['trade_date', 'close'])
            .where('ts_code', '=', code)
            .where('trade_date', '<=', end)
            .execute()
        ).length,
    },
    {
      name: 'sql',
      callers: 1,
      rows: days,
      ask: async () =>
        (await db.sql('select trade_date, close from daily where ts_code = ? and trade_date <= ?', [code, end]))
          .numRows,
    },
  ]
}

async function rowsOf(batches: AsyncIterable<{ readonly numRows: number }>, workMs = 0): Promise<number> {
  let rows = 0
  for await (const { numRows } of batches) {
    rows += numRows
    if (workMs > 0) await sleep(workMs)
  }
  return rows
}
