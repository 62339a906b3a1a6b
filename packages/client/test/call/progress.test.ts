import { connect, type Progress, tushare } from '@stockdb/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { progressLine, terminalBar } from '../../src/call/progress.ts'
import { dailyRow, type Served, serve } from '../support/served.ts'

const DAYS = 900
const SYMBOLS = Array.from({ length: 100 }, (_, at) => `${600_000 + at}.SH`)
const dates = Array.from({ length: DAYS }, (_, day) => new Date(Date.UTC(2020, 0, day + 1)).toISOString().slice(0, 10))

let served: Served
beforeAll(async () => {
  served = await serve()
  await served.fill(
    tushare.trade_cal,
    dates.map((date) => ['SSE', date, 1, null]),
  )
  await served.fill(
    tushare.daily,
    SYMBOLS.flatMap((symbol) => dates.map((date) => dailyRow(symbol, date, 10))),
  )
})
afterAll(() => served.end())

async function progressOf(call: (onProgress: (progress: Progress) => void) => Promise<unknown>): Promise<Progress[]> {
  const seen: Progress[] = []
  await call((progress) => seen.push(progress))
  return seen
}

describe('the progress of a call', () => {
  it('counts rows and bytes up to those of the answer', async () => {
    const db = await connect(served.url)
    const seen = await progressOf((onProgress) => db.daily.range({ fields: ['close'] }, { onProgress }))
    expect(seen.length).toBeGreaterThan(1)
    expect(seen.at(-1)?.rows).toBe(DAYS * SYMBOLS.length)
    expect(seen.at(-1)?.bytes).toBeGreaterThan(DAYS * SYMBOLS.length * 8)
    expect(seen.map(({ rows }) => rows)).toEqual(seen.map(({ rows }) => rows).toSorted((a, b) => a - b))
    expect(seen[0]?.expectedRows).toBeUndefined()
  })

  it('knows how many rows a panel of given symbols will have', async () => {
    const db = await connect(served.url)
    const input = {
      start: dates[0] as string,
      end: dates.at(-1) as string,
      fields: ['close'] as const,
      symbols: SYMBOLS,
    }
    const seen = await progressOf((onProgress) => db.daily.panel(input, { onProgress }))
    expect(seen.at(-1)).toMatchObject({ rows: 90_000, expectedRows: 90_000 })
  })

  it('is reported by streams, queries and SQL too', async () => {
    const db = await connect(served.url)
    const streamed = await progressOf(async (onProgress) => {
      for await (const batch of db.daily.stream({ fields: [] }, { onProgress }))
        expect(batch.numRows).toBeLessThanOrEqual(16_384)
    })
    expect(streamed.at(-1)?.rows).toBe(90_000)
    const query = db.query.selectFrom('daily').select('close').limit(10)
    expect((await progressOf((onProgress) => db.frame(query, { onProgress }))).at(-1)?.rows).toBe(10)
  })

  it('ends the call with what the function throws', async () => {
    const db = await connect(served.url, { retries: 5 })
    let calls = 0
    const failing = db.daily.range(
      {},
      {
        onProgress: () => {
          calls += 1
          throw new RangeError('enough')
        },
      },
    )
    await expect(failing).rejects.toThrow(new RangeError('enough'))
    expect(calls).toBe(1)
  })
})

describe('the bar on a terminal', () => {
  it('says what has come, and how fast', () => {
    expect(progressLine('daily.range', { rows: 1_234_567, bytes: 45_200_000 }, 2_000)).toBe(
      'daily.range  1,234,567 rows  45.2 MB  22.6 MB/s',
    )
    expect(progressLine('daily.panel', { rows: 50, bytes: 0, expectedRows: 200 }, 0)).toBe(
      'daily.panel  [#####               ] 25 %  50 rows  0.0 MB  0.0 MB/s',
    )
  })

  it('is one line that is written over ten times a second at most, and ends with a line feed', () => {
    const written: string[] = []
    let time = 0
    const bar = terminalBar('daily.range', { columns: 30, write: (text) => written.push(text) }, () => time)
    for (; time < 1_000; time += 10) bar.report({ rows: time, bytes: time })
    bar.end()
    expect(written).toHaveLength(10 + 2)
    expect(written[0]).toBe('\rdaily.range  0 rows  0.0 MB  \u001b[K')
    expect(written.at(-2)).toBe('\rdaily.range  990 rows  0.0 MB\u001b[K')
    expect(written.at(-1)).toBe('\n')
  })

  it('takes 80 columns where the terminal does not know how many it has', () => {
    const written: string[] = []
    const bar = terminalBar('daily.range', { columns: 0, write: (text) => written.push(text) }, () => 0)
    bar.report({ rows: 1, bytes: 1 })
    expect(written[0]).toBe('\rdaily.range  1 rows  0.0 MB  0.0 MB/s\u001b[K')
  })

  it('writes nothing for a call that failed before its first row', () => {
    const written: string[] = []
    terminalBar('daily.range', { write: (text) => written.push(text) }, () => 0).end()
    expect(written).toEqual([])
  })
})
