import { datetime, defineCatalogue, defineDataset, float64, symbol } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serve } from '../../support/serve.ts'
import { oneOfEachEngine, type Store } from '../../support/stores.ts'
import { writeRows } from '../../support/write-rows.ts'

/** A table without a column for the length of bars. */
const minutes = defineDataset({
  name: 'minutes',
  description: 'Five-minute bars',
  fields: { code: symbol.required('Code'), at: datetime.required('End of the bar'), vol: float64('Volume') },
  key: ['code', 'at'],
  symbol: 'code',
  date: 'at',
  bars: {
    ...{ first: [], max: [], min: [], last: [], sum: ['vol'] },
    minutes: { stored: '5min', sessions: [['09:30', '11:30']], label: 'end' },
  },
})
const catalogue = defineCatalogue({ minutes })

describe.each(oneOfEachEngine)('bars of a table with one length, on $engine', ({ open }) => {
  let store: Store
  let served: Served<typeof catalogue>
  beforeAll(async () => {
    store = await open()
    served = await serve(store.address, { catalogue })
    const times = ['09:35', '09:40', '09:45', '09:50', '09:55', '10:00', '10:05']
    await writeRows(
      served.server.engine,
      minutes,
      times.map((time, at) => ['A', `2024-01-03 ${time}:00`, at]),
    )
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  it('are the stored ones by default, and report their length', async () => {
    for (const input of [{}, { freq: '5min' }] as const) {
      const { columns, meta } = await served.db.minutes.range({ ...input, symbols: ['A'] })
      expect([...columns.vol]).toEqual([0, 1, 2, 3, 4, 5, 6])
      expect(meta).toMatchObject({ freq: '5min', from: '5min', arguments: { freq: '5min' }, complete: true })
    }
    expect([...(await served.db.minutes.latest({ symbols: ['A'] })).columns.vol]).toEqual([6])
    const at = await served.db.minutes.at({ date: '2024-01-03 09:40:00', freq: '5min' })
    expect([...at.columns.vol]).toEqual([0, 1])
  })

  it('can be combined into multiples of that length', async () => {
    const { columns, meta } = await served.db.minutes.range({ symbols: ['A'], freq: '15min' })
    expect(columns.at).toEqual(['2024-01-03 09:45:00', '2024-01-03 10:00:00', '2024-01-03 10:15:00'])
    expect([...columns.vol]).toEqual([3, 12, 6])
    expect(meta).toMatchObject({ freq: '15min', from: '5min' })
    const cut = await served.db.minutes.range({ freq: '15min', limit: 1 })
    expect([[...cut.columns.vol], cut.meta.complete]).toEqual([[3], false])
  })

  it('are refused in lengths that are not multiples', async () => {
    await expect(served.db.minutes.range({ freq: '1min' })).rejects.toThrow(
      'freq: got "1min"; expected a multiple of the stored length 5min',
    )
    await expect(served.db.minutes.range({ freq: '12min' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(served.db.minutes.latest({ freq: '15min' as '5min' })).rejects.toThrow('expected the stored length')
    await expect(served.db.minutes.range({ freq: '15min', from: '5min' } as object)).rejects.toThrow(/unknown argument/)
  })
})
