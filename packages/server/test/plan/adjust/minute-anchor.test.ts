import { type Catalogue, date, datetime, defineCatalogue, defineDataset, float64, symbol } from '@stockdb/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serve } from '../../support/serve.ts'
import { oneOfEachEngine, type Store } from '../../support/stores.ts'
import { writeRows } from '../../support/write-rows.ts'

const bars = { first: [], max: [], min: [], last: ['close'], sum: [] } as const
const adjustment = { dataset: 'rates', factor: 'factor', prices: ['close'] } as const
const morning = [['09:30', '11:30']] as const

const catalogue = defineCatalogue({
  rates: defineDataset({
    name: 'rates',
    description: 'Factors',
    fields: { code: symbol.required('Code'), day: date.required('Day'), factor: float64('Factor') },
    ...{ key: ['code', 'day'], symbol: 'code', date: 'day' },
  }),
  minutes: defineDataset({
    name: 'minutes',
    description: 'Bars of several lengths',
    fields: {
      ...{ code: symbol.required('Code'), freq: symbol.required('Length'), at: datetime.required('End of the bar') },
      close: float64('Close'),
    },
    ...{ key: ['code', 'freq', 'at'], symbol: 'code', date: 'at', adjustment },
    bars: { ...bars, minutes: { frequency: 'freq', sessions: morning, label: 'end' } },
  }),
  fives: defineDataset({
    name: 'fives',
    description: 'Bars of five minutes, by their start, some of them around midnight',
    fields: { code: symbol.required('Code'), at: datetime.required('Start of the bar'), close: float64('Close') },
    ...{ key: ['code', 'at'], symbol: 'code', date: 'at', adjustment },
    bars: { ...bars, minutes: { stored: '5min', sessions: morning, label: 'start' } },
  }),
}) satisfies Catalogue

/** The factor doubles on each of these days. */
const rates = ['02', '05', '08', '09'].map((day, at) => ['A', `2024-01-${day}`, 2 ** at] as const)

/** Bars of one minute reach to the 9th, of five to the 5th, of sixty to the 8th, each to the middle of a day. */
const minuteRows = [
  ...['04 09:31', '05 09:31', '05 09:40', '09 09:31', '09 09:32'].map((at) => ['1min', `2024-01-${at}`]),
  ...['2024-01-04 09:35', '2024-01-05 09:35', '2024-01-05 09:40'].map((at) => ['5min', at]),
  ...['2024-01-05 10:30', '2024-01-08 10:30'].map((at) => ['60min', at]),
].map(([freq, at]) => ['A', freq as string, `${at}:00`, 8] as const)

describe.each(oneOfEachEngine)('the anchor of adjusted bars of minutes, from $engine', ({ open }) => {
  let store: Store
  let served: Served<typeof catalogue>
  beforeAll(async () => {
    store = await open()
    served = await serve(store.address, { catalogue })
    const { engine } = served.server
    await writeRows(engine, catalogue.rates, rates)
    // B has no bars of one minute.
    const ofB = minuteRows.filter(([, freq]) => freq !== '1min').map(([, ...rest]) => ['B', ...rest])
    await writeRows(
      engine,
      catalogue.rates,
      rates.map(([, ...rest]) => ['B', ...rest]),
    )
    await writeRows(engine, catalogue.minutes, [...minuteRows, ...ofB])
    const times = ['2024-01-07 23:55:00', '2024-01-08 00:00:00', '2024-01-08 00:05:00']
    await writeRows(
      engine,
      catalogue.fives,
      times.map((at) => ['A', at, 8]),
    )
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  const qfq = { symbols: ['A'], adjust: 'qfq', fields: ['at', 'close'] } as const

  it('is the last day of the length asked for, not of another one', async () => {
    const { minutes } = served.db
    const fives = await minutes.range({ ...qfq, freq: '5min', from: '5min' })
    expect(fives.meta.anchor).toBe('2024-01-05')
    // The factor of the 4th is half of that of the 5th.
    expect(fives.columns.close).toEqual(Float64Array.of(4, 8, 8))
    const hours = await minutes.range({ ...qfq, freq: '60min', from: '60min' })
    expect(hours.meta.anchor).toBe('2024-01-08')
    expect(hours.columns.close).toEqual(Float64Array.of(4, 8))
    const last = await minutes.latest({ ...qfq, freq: '5min' })
    expect(last.meta.anchor).toBe('2024-01-05')
    expect(last.columns.close).toEqual(Float64Array.of(8))
  })

  it('is the last day of the shorter bars that bars are made of, named or found', async () => {
    const { minutes } = served.db
    const named = await minutes.range({ ...qfq, freq: '15min', from: '5min' })
    expect(named.meta).toMatchObject({ anchor: '2024-01-05', from: '5min' })
    expect(named.columns.close).toEqual(Float64Array.of(4, 8))
    const found = await minutes.range({ ...qfq, symbols: ['B'], freq: '15min' })
    expect(found.meta).toMatchObject({ anchor: '2024-01-05', from: '5min' })
    expect(found.columns.close).toEqual(Float64Array.of(4, 8))
    // Only bars of one minute have all bars of A.
    const ofA = await minutes.range({ ...qfq, freq: '15min' })
    expect(ofA.meta).toMatchObject({ anchor: '2024-01-09', from: '1min' })
    expect(ofA.columns.close).toEqual(Float64Array.of(1, 2, 8))
  })

  it('is the day of a bar whose minutes all lie before the start', async () => {
    const { minutes } = served.db
    const bars = await minutes.range({ ...qfq, freq: '15min', from: '1min', start: '2024-01-09 09:45:00' })
    expect(bars.columns.close).toEqual(Float64Array.of(8))
    expect(bars.meta.anchor).toBe('2024-01-09')
    const found = await minutes.range({ ...qfq, symbols: ['B'], freq: '15min', start: '2024-01-05 09:45:00' })
    expect(found.columns.close).toEqual(Float64Array.of(8))
    expect(found.meta).toMatchObject({ anchor: '2024-01-05', from: '5min' })
  })

  it('is the end of the range where there is one, though bars reach into the day after', async () => {
    const { fives } = served.db
    const bars = await fives.range({ ...qfq, freq: '15min', end: '2024-01-07' })
    expect(bars.meta.anchor).toBe('2024-01-07')
    expect(bars.columns.close).toEqual(Float64Array.of(8))
    const open = await fives.range({ ...qfq, freq: '15min', start: '2024-01-08' })
    expect(open.meta.anchor).toBe('2024-01-08')
  })
})
