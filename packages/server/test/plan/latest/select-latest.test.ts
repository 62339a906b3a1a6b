import { type Dataset, date, datetime, defineDataset, float64, symbol, text } from '@stockdb/contract'
import { keyFields, type StoredValue } from '@stockdb/contract/internal'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { collect } from '../../../src/execute/collect.ts'
import type { Recent } from '../../../src/plan/latest/recent.ts'
import { selectLatest } from '../../../src/plan/latest/select-latest.ts'
import { QueryCache } from '../../../src/plan/prepared-query.ts'
import { randomFrom } from '../../support/random.ts'
import { times } from '../../support/scale.ts'
import { type Served, serve } from '../../support/serve.ts'
import { enginesOfRun, type Store } from '../../support/stores.ts'
import { writeRows } from '../../support/write-rows.ts'

const code = symbol.required('Code')
const day = date.required('Day')
const value = float64('Value')

const catalogue = {
  quotes: defineDataset({
    name: 'quotes',
    description: 'One row per code and day',
    fields: { code, day, value },
    key: ['code', 'day'],
    symbol: 'code',
    date: 'day',
  }),
  ratings: defineDataset({
    name: 'ratings',
    description: 'Several rows per code and day',
    fields: { code, day, source: text.required('Who says so'), value },
    key: ['code', 'day', 'source'],
    symbol: 'code',
    date: 'day',
  }),
  ticks: defineDataset({
    name: 'ticks',
    description: 'Rows of two lengths, by datetime',
    fields: { code, freq: symbol.required('Length'), moment: datetime.required('Moment'), value },
    key: ['code', 'freq', 'moment'],
    symbol: 'code',
    date: 'moment',
  }),
  levels: defineDataset({
    name: 'levels',
    description: 'Rows without a code',
    fields: { day, value },
    key: ['day'],
    date: 'day',
  }),
  texts: defineDataset({
    name: 'texts',
    description: 'Days stored as text',
    fields: { code, day: date.required('Day', { dateFormat: 'YYYYMMDD' }), value },
    key: ['code', 'day'],
    symbol: 'code',
    date: 'day',
  }),
}

const random = randomFrom(7)
const pick = <Item>(list: readonly Item[]): Item => list[Math.floor(random() * list.length)] as Item
const dayAt = (index: number): string => new Date(Date.UTC(2022, 0, 1 + index)).toISOString().slice(0, 10)
const codes = Array.from({ length: 12 }, (_, index) => `S${String(index).padStart(2, '0')}`)

type Row = Record<string, StoredValue>

/** Rows of a dataset; like stocks, codes differ in the number of days and the last day. */
function rowsOf({ fields }: Dataset): Row[] {
  const rows: Row[] = []
  for (const [index, one] of ('code' in fields ? codes : ['']).entries()) {
    const [first, last] = index % 4 === 3 ? [0, 5 + index] : [index * 10, index % 4 === 2 ? 200 : 300]
    for (let at = first; at < last; at++) {
      if (random() < 0.2) continue
      const row: Row = { code: one, day: dayAt(at), value: random() < 0.3 ? null : at }
      if ('source' in fields) {
        for (const source of ['x', 'y', 'z']) if (random() < 0.6) rows.push({ ...row, source })
      } else if ('freq' in fields) {
        for (const freq of ['1min', '5min']) {
          for (const time of ['09:35:00', '09:40:00', '15:00:00'])
            if (random() < 0.5) rows.push({ ...row, freq, moment: `${row.day} ${time}` })
        }
      } else rows.push(row)
    }
  }
  return rows
}

/** The expected answer, by a plain loop. */
function expected(
  dataset: Dataset,
  rows: readonly Row[],
  { symbols, end, n, present, equal = {} }: Recent & { n: number },
): Row[] {
  const when = dataset.date as string
  const candidates = rows.filter(
    (row) =>
      (!symbols || symbols.includes(row.code as string)) &&
      (!end || (row[when] as string) <= end) &&
      (!present || row[present] !== null) &&
      Object.entries(equal).every(([field, wanted]) => row[field] === wanted),
  )
  return candidates.filter((row) => {
    const own = candidates.filter((other) => other.code === row.code)
    const later = new Set(own.map((other) => other[when] as string).filter((other) => other > (row[when] as string)))
    return later.size < n
  })
}

describe.each(enginesOfRun)('the last rows of each symbol on $engine', ({ open }) => {
  let store: Store
  let served: Served<typeof catalogue>
  const stored = new Map(Object.values(catalogue).map((dataset): [string, Row[]] => [dataset.name, rowsOf(dataset)]))
  beforeAll(async () => {
    store = await open()
    served = await serve(store.address, { catalogue })
    for (const dataset of Object.values(catalogue) as Dataset[]) {
      const fields = Object.keys(dataset.fields)
      const rows = stored.get(dataset.name) ?? []
      await writeRows(
        served.server.engine,
        dataset,
        rows.map((row) => fields.map((field) => row[field] ?? null)),
      )
    }
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  it.each(Object.values(catalogue) as Dataset[])('equal a plain loop: $name', async (dataset) => {
    const { engine } = served.server
    const cache = new QueryCache(engine.dialect, catalogue)
    const fields = Object.keys(dataset.fields)
    const rows = stored.get(dataset.name) ?? []
    const byMoment = dataset.fields[dataset.date as string]?.type === 'datetime'
    for (let attempt = 0; attempt < times(20, 40); attempt++) {
      const end = random() < 0.5 ? undefined : dayAt(Math.floor(random() * 320))
      const which = {
        n: pick([1, 1, 2, 3, 7, 40, 1_000]),
        end: end && byMoment ? `${end} 12:00:00` : end,
        symbols:
          dataset.symbol === undefined
            ? undefined
            : pick([undefined, undefined, [], ['S03'], ['S03', 'NOBODY', 'S10'], codes]),
        present: pick([undefined, 'value']),
        equal: 'freq' in dataset.fields ? pick([undefined, { freq: '5min' }]) : undefined,
      }
      const columns = await collect(
        engine,
        selectLatest(cache, { dataset, fields }, which),
        AbortSignal.timeout(20_000),
      )
      const answered = Array.from(columns[0] ?? [], (_, row) =>
        fields.map((__, index) => (Number.isNaN(columns[index]?.[row]) ? null : columns[index]?.[row])),
      )
      const order = [...keyFields(dataset), ...dataset.key]
      const wanted = expected(dataset, rows, which)
        .map((row) => ({ row, key: order.map((field) => row[field]).join(' ') }))
        .sort((a, b) => (a.key < b.key ? -1 : 1))
        .map(({ row }) => fields.map((field) => row[field]))
      expect(answered, JSON.stringify(which)).toEqual(wanted)
    }
  })
})
