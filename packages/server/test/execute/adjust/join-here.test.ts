import { tushare } from '@stockdb/contract'
import { daysOf } from '@stockdb/contract/internal'
import type { Batch, Vector } from '@stockdb/contract/wire'
import { expect, it } from 'vitest'
import type { ReadBatch, ReadQuery, Snapshot } from '../../../src/engine/engine.ts'
import { sqliteDialect } from '../../../src/engine/sqlite/dialect.ts'
import { joinHere } from '../../../src/execute/adjust/join-here.ts'
import type { ApartRead } from '../../../src/plan/adjust/factors-apart.ts'
import { compileRead } from '../../../src/plan/compile-read.ts'
import { QueryCache } from '../../../src/plan/prepared-query.ts'

type Row = readonly [symbol: string, day: string, value: number]

const CLOSES: readonly Row[] = [
  ['A', '2024-01-02', 10],
  ['A', '2024-01-03', 11],
  ['B', '2024-01-02', 20],
  ['C', '2024-01-03', 30],
]
const FACTORS: readonly Row[] = [
  ['A', '2024-01-01', 1],
  ['A', '2024-01-02', 1],
  ['A', '2024-01-03', 2],
  ['B', '2023-06-01', 3],
  ['D', '2024-01-02', 4],
]

const none = { validity: undefined, nullCount: 0 }

function batchOf(rows: readonly Row[], more: readonly number[] = []): Batch {
  const words = [...new Set(rows.map(([symbol]) => symbol))]
  const vectors: Vector[] = [
    { type: 'symbol', values: Int32Array.from(rows, ([symbol]) => words.indexOf(symbol)), dictionary: words, ...none },
    { type: 'date', values: Int32Array.from(rows, ([, day]) => daysOf(day)), ...none },
    { type: 'float64', values: Float64Array.from(rows, ([, , value]) => value), ...none },
  ]
  if (more.length > 0) vectors.push({ type: 'float64', values: Float64Array.from(more), ...none })
  return { numRows: rows.length, vectors }
}

const read: ApartRead = {
  ...{ read: 'range', dataset: 'daily', fields: ['ts_code', 'trade_date', 'close'], factor: 'adj_factor', apart: true },
  ...{ symbols: ['A', 'B', 'C'], start: '2024-01-02', end: '2024-01-03' },
}

/** What is read, and the factors of the rows, if so many changes of factors may be kept. */
async function joinedWith(mostSteps?: number): Promise<{ reads: string[]; factors: number[] }> {
  const reads: string[] = []
  const cache = new QueryCache(sqliteDialect, tushare)
  async function* answer(query: ReadQuery, how: string): AsyncGenerator<ReadBatch> {
    const [first] = query.columns
    const table = query.columns.length === 4 ? 'both' : (first?.source?.table as string)
    reads.push(`${how} ${table}`)
    if (table === 'both') yield { batch: batchOf(CLOSES, [7, 7, 7, 7]), last: true }
    else if (table === 'daily') {
      yield { batch: batchOf(CLOSES.slice(0, 1)), last: false }
      yield { batch: batchOf(CLOSES), last: true }
    } else {
      const { parameters } = query
      const [start, end] = parameters.filter((value) => /^\d{4}-/.test(String(value))) as string[]
      // Older ones are asked for up to a day.
      const [from, to] = end === undefined ? ['', start as string] : [start as string, end]
      const among = FACTORS.filter(([code, day]) => parameters.includes(code) && day >= from && day <= to)
      yield { batch: batchOf(among), last: true }
    }
  }
  const state: Snapshot = {
    read: (query) => answer(query, 'read'),
    readLast: (query) => answer(query, 'last'),
    end: () => {},
  }
  const run = { source: state, cache, signal: new AbortController().signal, lookedUp: new Map() }
  const query = compileRead(cache, read)
  const factors: number[] = []
  for await (const { batch } of joinHere(run, state, read, query, mostSteps)) {
    expect(batch.vectors.map(({ type }) => type)).toEqual(query.columns.map(({ type }) => type))
    const joined = batch.vectors[3] as Vector
    factors.push(...(joined.values as Float64Array))
  }
  return { reads, factors }
}

it('reads factors, older ones of symbols without one, and the rows last', async () => {
  expect(await joinedWith()).toEqual({
    reads: ['read adj_factor', 'read adj_factor', 'last daily'],
    factors: [1, 1, 2, 3, Number.NaN],
  })
})

it('has the database join them if there are too many factors to keep, in the same state', async () => {
  expect(await joinedWith(1)).toEqual({ reads: ['read adj_factor', 'last both'], factors: [7, 7, 7, 7] })
  expect((await joinedWith(2)).reads.at(-1)).toBe('last daily')
})
