import { describe, expect, it, onTestFinished } from 'vitest'
import { capturedLog } from '../support/captured-log.ts'
import { byEngine } from '../support/engines.ts'
import { serve } from '../support/serve.ts'
import { sql } from '../support/sql.ts'
import { enginesOfRun, sqlMakers } from '../support/stores.ts'

const plans = { mysql: /"table":"d"/, sqlite: /"detail":"(SEARCH|SCAN)/, duckdb: /"step":"SEQ_SCAN","table":"daily"/ }

describe.each(enginesOfRun)('invariant 10: the slow log on $engine', ({ open }) => {
  it("shows a slow call with its database plan, without the caller's values", async () => {
    const store = await open()
    onTestFinished(() => store.drop())
    const { log, lines } = capturedLog()
    const { db, close } = await serve(store.address, { log, slowMs: 0 })
    onTestFinished(close)
    const symbol = '600519.SH'
    // Some databases know that an empty table has no row, and do not name it in their plan.
    await sql(store.address, `insert into daily (ts_code, trade_date) values ('${symbol}', '2024-01-02')`)
    await db.daily.range({ symbols: [symbol], unknownSymbols: 'ignore', start: '2024-01-02' })
    const slow = await expect
      .poll(() => lines.find(({ msg, procedure, plan }) => msg === 'slow call' && procedure === 'daily.range' && plan))
      .toBeDefined()
      .then(() => lines.find(({ msg, procedure }) => msg === 'slow call' && procedure === 'daily.range'))
    expect(slow).toMatchObject({
      caller: 'anonymous',
      requestId: expect.any(String),
      reads: [{ ms: expect.any(Number) }],
      explain: [
        {
          key: expect.any(String),
          lines: expect.arrayContaining([
            expect.stringMatching(/^read range of daily \(1 symbol; start \?\): ts_code,/),
          ]),
        },
      ],
    })
    expect(JSON.stringify(slow)).toMatch(byEngine(store.address, plans))
    expect(JSON.stringify(slow)).not.toMatch(/600519|2024-01-02/)
    // The same statement is not explained repeatedly.
    await db.daily.range({ symbols: [symbol], unknownSymbols: 'ignore', start: '2024-01-02' })
    const again = () => lines.filter(({ msg, procedure }) => msg === 'slow call' && procedure === 'daily.range')
    await expect.poll(() => again().length).toBe(2)
    expect(again()[1]).not.toHaveProperty('plan')
  })

  it.runIf(sqlMakers.some((maker) => maker.open === open))(
    'shows a caller’s own statement without its literals',
    async () => {
      const store = await open()
      onTestFinished(() => store.drop())
      const { log, lines } = capturedLog()
      const { db, close } = await serve(store.address, { log, slowMs: 0 })
      onTestFinished(close)
      await db.sql(
        "select close, 'it''s 4711' as note from daily where ts_code = '600519.SH' and close > 1685.5 limit ?",
        [98_765],
      )
      const slow = () => lines.find(({ msg, procedure }) => msg === 'slow call' && procedure === 'sql.run')
      await expect.poll(slow).toBeDefined()
      expect(slow()).toMatchObject({
        reads: [{ sql: 'select `close` , ? as `note` from `daily` where `ts_code` = ? and `close` > ? limit ?' }],
      })
      expect(JSON.stringify(slow()?.reads)).not.toMatch(/4711|600519|1685|98765/)
    },
  )

  it('omits calls that are not slow', async () => {
    const store = await open()
    onTestFinished(() => store.drop())
    const { log, lines } = capturedLog()
    const { db, close } = await serve(store.address, { log, slowMs: 60_000 })
    await db.daily.range({ start: '2024-01-02' })
    await close()
    expect(lines.filter(({ msg }) => msg === 'slow call')).toEqual([])
    expect(lines.filter(({ msg, path }) => msg === 'call' && path === 'daily.range')).toHaveLength(1)
  })
})
