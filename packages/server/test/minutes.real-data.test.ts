import { join } from 'node:path'
import { datetime, defineCatalogue, defineDataset, float64, symbol } from '@stockdb/contract'
import { describeWithRealData } from '@stockdb/testing/real-data'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readCsv } from './support/read-csv.ts'
import { serve } from './support/serve.ts'
import { oneOfEachEngine } from './support/stores.ts'
import { writeRows } from './support/write-rows.ts'

/** New York minutes: bars are labelled with their start, with one session, and trading before and after it. */
const minutes = defineDataset({
  name: 'us_minutes',
  description: 'Minute bars of US stocks',
  fields: {
    ticker: symbol.required('Ticker'),
    freq: symbol.required('Length of the bar'),
    trade_time: datetime.required('Start of the bar'),
    open: float64('Open', { unit: 'USD' }),
    high: float64('High', { unit: 'USD' }),
    low: float64('Low', { unit: 'USD' }),
    close: float64('Close', { unit: 'USD' }),
    volume: float64('Volume', { unit: 'shares' }),
  },
  key: ['ticker', 'freq', 'trade_time'],
  symbol: 'ticker',
  date: 'trade_time',
  bars: {
    first: ['open'],
    max: ['high'],
    min: ['low'],
    last: ['close'],
    sum: ['volume'],
    minutes: { frequency: 'freq', sessions: [['09:30', '16:00']], label: 'start' },
  },
})

interface Bar {
  open: number
  high: number
  low: number
  close: number
  volume: number
}

describeWithRealData('real minutes of US stocks', (folder) => {
  describe.each(oneOfEachEngine)('on $engine', ({ open }) => {
    it('are combined into the same bars as by a plain loop, outside the session by the clock', async () => {
      const store = await open()
      const served = await serve(store.address, { catalogue: defineCatalogue({ us_minutes: minutes }) })
      onTestFinished(async () => {
        await served.close()
        await store.drop()
      })
      const records = await readCsv(join(folder, 'us_lean/minute.csv.gz'))
      const numbers = ({ open, high, low, close, volume }: Record<string, string>) =>
        [open, high, low, close, volume].map(Number) as [number, number, number, number, number]
      await writeRows(
        served.server.engine,
        minutes,
        records.map((one) => [one.symbol ?? '', '1min', one.trade_time ?? '', ...numbers(one)]),
      )
      for (const length of [5, 15, 30, 60]) {
        const bars = new Map<string, Bar>()
        for (const record of records.toSorted((a, b) => ((a.trade_time ?? '') < (b.trade_time ?? '') ? -1 : 1))) {
          const time = record.trade_time ?? ''
          const at = Number(time.slice(11, 13)) * 60 + Number(time.slice(14, 16))
          // The session begins at half past nine, clock hours do not.
          const from = at >= 570 && at < 960 ? 570 : 0
          const start = from + Math.floor((at - from) / length) * length
          const clock = `${String(Math.floor(start / 60)).padStart(2, '0')}:${String(start % 60).padStart(2, '0')}:00`
          const key = `${record.symbol} ${time.slice(0, 10)} ${clock}`
          const [first, high, low, close, volume] = numbers(record)
          const bar = bars.get(key)
          if (!bar) bars.set(key, { open: first, high, low, close, volume })
          else {
            bar.high = Math.max(bar.high, high)
            bar.low = Math.min(bar.low, low)
            bar.close = close
            bar.volume += volume
          }
        }
        const frame = await served.db.us_minutes.range({
          freq: `${length}min`,
          fields: ['open', 'high', 'low', 'close', 'volume'],
        })
        expect(frame.meta).toMatchObject({ freq: `${length}min`, from: '1min' })
        const rows = frame.rows().map(({ ticker, trade_time, ...bar }) => [`${ticker} ${trade_time}`, bar] as const)
        expect(Object.fromEntries(rows), `${length} minutes`).toEqual(Object.fromEntries(bars))
      }
    })
  })
})
