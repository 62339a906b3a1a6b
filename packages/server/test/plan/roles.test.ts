import {
  bool,
  type Dataset,
  date,
  datetime,
  defineCatalogue,
  defineDataset,
  type Field,
  type FieldTypeName,
  float64,
  int32,
  int64,
  symbol,
  text,
  tushare,
} from '@stockdb/contract'
import type { StoredValue } from '@stockdb/contract/internal'
import type { JsonFrame } from '@stockdb/contract/wire'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serve } from '../support/serve.ts'
import { oneOfEachEngine, type Store, type StoreMaker } from '../support/stores.ts'
import { writeRows } from '../support/write-rows.ts'

/** Three values of each type, ascending except for booleans. */
const samples: Record<FieldTypeName, readonly StoredValue[]> = {
  float64: [1.5, 2.5, 4.5],
  int32: [1, 2, 4],
  int64: [1n, 2n, 4n],
  text: ['1', 'b', 'c'],
  symbol: ['1', 'B', 'C'],
  bool: [true, false, true],
  date: ['2024-01-02', '2024-01-03', '2024-01-04'],
  datetime: ['2024-01-02 09:35:00', '2024-01-02 09:40:00', '2024-01-02 09:45:00'],
}
const declarations = { bool, date, datetime, float64, int32, int64, symbol, text }
const types = Object.keys(samples) as FieldTypeName[]
const fieldOf = (type: FieldTypeName): Field => declarations[type]('A field')
const required = (type: FieldTypeName): Field => declarations[type].required('A field')
const none = { first: [], max: [], min: [], last: [], sum: [] }
const minutes = { stored: '5min', sessions: [['09:30', '11:30']], label: 'end' } as const

/** The input of a procedure, and the expected values of `value`, in JSON. */
interface Question {
  readonly procedure: string
  readonly input: object
  readonly answer: readonly (StoredValue | undefined)[]
}

/** A role with a field of some type. */
interface Cell {
  readonly role: string
  readonly type: string
  /** The declaration; throws a `TypeError` if role and type do not fit. */
  readonly declare: (name: string) => Dataset
  /** Whether they fit. */
  readonly fits: boolean
  readonly questions?: readonly Question[]
  /** Values of `value`, one per row; by default the `samples` of its type. */
  readonly values?: readonly StoredValue[]
  /** Whether it is only declared, without calls. */
  readonly unserved?: boolean
}

interface Shape {
  readonly when?: FieldTypeName
  readonly value?: FieldTypeName
  readonly others?: Record<string, Field>
}

/** A dataset of one code with a date, or a time, and a value. */
const base = (name: string, { when = 'date', value = 'float64', others = {} }: Shape = {}) => ({
  ...{ name, description: 'A cell of the matrix', key: ['code', 'at'], symbol: 'code', date: 'at' },
  fields: { code: symbol.required('Code'), at: required(when), value: fieldOf(value), ...others },
})
const isNumber = (type: FieldTypeName): boolean => ['float64', 'int32', 'int64'].includes(type)
const isTime = (type: FieldTypeName): type is 'date' | 'datetime' => type === 'date' || type === 'datetime'

const panelInput = { start: '2024-01-02', end: '2024-01-05', fields: ['value'] }

/** The plain calls on rows of a code with a date. */
const plain = (when: 'date' | 'datetime', values: readonly StoredValue[] = samples.float64): Question[] => {
  const [first, second] = samples[when]
  return [
    { procedure: 'range', input: {}, answer: values },
    { procedure: 'range', input: { start: second, limit: 1 }, answer: values.slice(1, 2) },
    { procedure: 'at', input: { date: first }, answer: values.slice(0, 1) },
    { procedure: 'at', input: { date: '2024-02-01', lookback: true }, answer: values.slice(2) },
    { procedure: 'latest', input: { n: 2 }, answer: values.slice(1) },
  ]
}
const sumOf = (values: readonly StoredValue[]): StoredValue =>
  values.reduce((sum, value) =>
    typeof value === 'bigint' ? BigInt(sum as bigint) + value : Number(sum) + Number(value),
  ) as StoredValue

const reductions: Record<keyof typeof none, (values: readonly StoredValue[]) => StoredValue> = {
  first: (values) => values[0] as StoredValue,
  max: (values) => values[2] as StoredValue,
  min: (values) => values[0] as StoredValue,
  last: (values) => values[2] as StoredValue,
  sum: sumOf,
}

const cells: Cell[] = [
  ...types.flatMap((type): Cell[] => [
    {
      ...{ role: 'symbol', type, fits: type === 'symbol', questions: plain('date') },
      declare: (name) => {
        const { fields, ...rest } = base(name)
        return defineDataset({ ...rest, fields: { ...fields, code: required(type) } })
      },
    },
    {
      ...{ role: 'date', type, fits: isTime(type), questions: isTime(type) ? plain(type) : [] },
      declare: (name) => defineDataset(base(name, { when: type })),
    },
    {
      ...{ role: 'calendar', type, fits: isTime(type) },
      questions: isTime(type)
        ? [
            ...plain(type),
            ...(type === 'date'
              ? [{ procedure: 'panel', input: panelInput, answer: [...samples.float64, null] } as Question]
              : []),
          ]
        : [],
      declare: (name) => defineDataset({ ...base(name, { when: type }), calendar: 'SSE' }),
    },
    {
      ...{ role: 'panel', type, fits: true, values: samples[type] },
      questions: isNumber(type)
        ? [{ procedure: 'panel', input: panelInput, answer: [...samples[type].map(Number), null] }]
        : plain('date', samples[type]),
      declare: (name) => defineDataset({ ...base(name, { value: type }), calendar: 'SSE' }),
    },
    ...[
      { when: 'date', dataset: 'rates' } as const,
      { when: 'date', dataset: 'timed_factors' } as const,
      { when: 'datetime', dataset: 'rates' } as const,
      { when: 'datetime', dataset: 'timed_factors' } as const,
    ].map(
      ({ when, dataset }): Cell => ({
        ...{ role: `adjustment of rows with a ${when} by ${dataset}`, type, fits: type === 'float64' },
        questions: [
          // The factor is 1 on the first day, and 2 from the second; each day has all times.
          ...plain(when),
          {
            ...{ procedure: 'range', input: { adjust: 'hfq' } },
            answer: when === 'date' ? [1.5, 5, 9] : samples.float64,
          },
          {
            ...{ procedure: 'latest', input: { adjust: 'qfq', n: 2 } },
            answer: [2.5, 4.5],
          },
          {
            ...{ procedure: 'at', input: { date: '2024-01-03', lookback: true, adjust: 'hfq' } },
            answer: when === 'date' ? [5] : [4.5],
          },
        ],
        declare: (name) =>
          defineDataset({
            ...base(name, { when, value: type }),
            adjustment: { dataset, factor: 'factor', prices: ['value'] },
          }),
      }),
    ),
    ...Object.entries(reductions).flatMap(([reduction, reduce]): Cell[] => {
      const values = samples[type]
      const rule = { ...none, [reduction]: ['value'] }
      const [of, fits] = [{ type, values }, isNumber(type)]
      return [
        {
          ...{ ...of, role: `bars, ${reduction} of days`, fits },
          questions: fits
            ? [...plain('date', values), { procedure: 'range', input: { freq: 'week' }, answer: [reduce(values)] }]
            : [],
          declare: (name) => defineDataset({ ...base(name, { value: type }), bars: rule }),
        },
        {
          ...{ ...of, role: `bars, ${reduction} of minutes`, fits },
          questions: fits
            ? [...plain('datetime', values), { procedure: 'range', input: { freq: '15min' }, answer: [reduce(values)] }]
            : [],
          declare: (name) =>
            defineDataset({ ...base(name, { when: 'datetime', value: type }), bars: { ...rule, minutes } }),
        },
        {
          ...{ ...of, role: `bars, ${reduction} of rows with a time, without minutes`, fits: false },
          declare: (name) => defineDataset({ ...base(name, { when: 'datetime', value: type }), bars: rule }),
        },
        {
          ...{ ...of, role: `bars, ${reduction} of rows with a day, with minutes`, fits: false },
          declare: (name) => defineDataset({ ...base(name, { value: type }), bars: { ...rule, minutes } }),
        },
      ]
    }),
    {
      ...{ role: 'minutes by a field', type, fits: type === 'symbol' || type === 'text' },
      questions: [
        { procedure: 'range', input: { freq: '5min' }, answer: samples.float64 },
        { procedure: 'range', input: { freq: '15min' }, answer: [4.5] },
        { procedure: 'latest', input: { freq: '5min', n: 2 }, answer: [2.5, 4.5] },
      ],
      declare: (name) => {
        const { sessions, label } = minutes
        return defineDataset({
          ...base(name, { when: 'datetime', others: { freq: required(type) } }),
          bars: { ...none, last: ['value'], minutes: { frequency: 'freq', sessions, label } },
        })
      },
    },
    ...(['period', 'announced', 'actual', 'reportType', 'update'] as const).map(
      (part): Cell => ({
        ...{ role: `known, ${part} of what is announced`, type },
        fits: part === 'reportType' || part === 'update' || type === 'date',
        questions: [
          part === 'reportType'
            ? {
                ...{ procedure: 'asOf', input: { date: '2024-02-01', report_type: String(samples[type][0]) } },
                // The third boolean equals the first.
                answer: [type === 'bool' ? 4.5 : 1.5],
              }
            : { procedure: 'asOf', input: { date: '2024-02-01' }, answer: [4.5] },
        ],
        declare: (name) =>
          defineDataset({
            ...base(name, { others: { period: date('Period'), announced: date('Announced'), part: fieldOf(type) } }),
            pointInTime: { kind: 'announced', period: 'period', announced: 'announced', [part]: 'part' },
          }),
      }),
    ),
    ...(['from', 'to'] as const).map(
      (part): Cell => ({
        ...{ role: `known, ${part} of an interval`, type, fits: type === 'date' },
        questions: [
          { procedure: 'asOf', input: { date: '2024-01-03' }, answer: part === 'from' ? [1.5, 2.5] : [2.5, 4.5] },
        ],
        declare: (name) =>
          defineDataset({
            ...base(name, { others: { from: date('From'), to: date('To'), part: fieldOf(type) } }),
            pointInTime: { kind: 'interval', from: 'from', to: 'to', endInclusive: true, [part]: 'part' },
          }),
      }),
    ),
    {
      ...{ role: 'known, published on', type, fits: isTime(type) },
      questions: [{ procedure: 'asOf', input: { date: '2024-02-01' }, answer: [4.5] }],
      declare: (name) => defineDataset({ ...base(name, { when: type }), pointInTime: { kind: 'published' } }),
    },
    {
      ...{ role: 'known, on the next day', type, fits: type === 'date', questions: plain('date') },
      declare: (name) => defineDataset({ ...base(name, { when: type }), pointInTime: { kind: 'next-day' } }),
    },
    {
      ...{ role: 'known, immutable', type, fits: true, questions: plain('date', samples[type]), values: samples[type] },
      declare: (name) =>
        defineDataset({ ...base(name, { value: type }), pointInTime: { kind: 'current', immutable: ['value'] } }),
    },
  ]),
  ...types.map(
    (type): Cell => ({
      ...{ role: 'factor', type, fits: type === 'float64', unserved: true },
      declare: (name) => {
        const adjusted = defineDataset({
          ...base(name),
          adjustment: { dataset: 'other', factor: 'value', prices: ['value'] },
        })
        defineCatalogue({ [name]: adjusted, other: defineDataset(base('other', { value: type })) })
        return adjusted
      },
    }),
  ),
]

describe('a role and the type of its field', () => {
  it.each(cells.map((cell, index) => ({ ...cell, index })))('$role × $type: fit or are refused', (cell) => {
    const declare = () => cell.declare(`cell_${cell.index}`)
    if (cell.fits) expect(declare().name).toBe(`cell_${cell.index}`)
    else expect(declare).toThrow(TypeError)
    if (!cell.fits) expect(declare).toThrow(new RegExp(`^dataset cell_${cell.index}: .+`))
  })
})

const rates = (name: string, when: FieldTypeName) =>
  defineDataset({
    ...{ name, description: 'Factors', key: ['code', 'at'], symbol: 'code', date: 'at' },
    fields: { code: symbol.required('Code'), at: required(when), factor: float64('Factor') },
  })

/** Values of a field in the third of three rows and in the ones before. */
const storedIn = (cell: Cell, field: string, { type }: Field, row: number): StoredValue => {
  if (field === 'code') return 'A'
  if (field === 'value') return (cell.values ?? samples[type])[row] ?? null
  if (field === 'freq') return '5min'
  if (field === 'from') return '2024-01-02'
  return field === 'to' ? null : (samples[type][row] ?? null)
}

/** All fitting cells on SQLite, and one of each role elsewhere. */
function servedCells({ engine }: StoreMaker): { readonly cell: Cell; readonly dataset: Dataset }[] {
  const fitting = cells.flatMap((cell, index) =>
    cell.fits && !cell.unserved ? [{ cell, dataset: cell.declare(`cell_${index}`) }] : [],
  )
  if (engine === 'SQLite') return fitting
  return fitting.filter(({ cell }, index) => fitting.findIndex((other) => other.cell.role === cell.role) === index)
}

const inJson = (value: StoredValue | undefined) => (typeof value === 'bigint' ? String(value) : value)

describe.each(oneOfEachEngine)('datasets in every role, on $engine', (maker) => {
  const all = servedCells(maker)
  const byDay = rates('rates', 'date')
  const byTime = rates('timed_factors', 'datetime')
  const catalogue = defineCatalogue({
    ...{ trade_cal: tushare.trade_cal, rates: byDay, timed_factors: byTime },
    ...Object.fromEntries(all.map(({ dataset }) => [dataset.name, dataset])),
  })
  let store: Store
  let served: Served<typeof catalogue>
  beforeAll(async () => {
    store = await maker.open()
    served = await serve(store.address, { catalogue })
    const { engine } = served.server
    const days = ['01', '02', '03', '04', '05'].map((day) => ['SSE', `2024-01-${day}`, day > '01'])
    await writeRows(engine, tushare.trade_cal, days, ['exchange', 'cal_date', 'is_open'])
    await writeRows(engine, byDay, [
      ['A', '2024-01-01', 1],
      ['A', '2024-01-03', 2],
    ])
    await writeRows(engine, byTime, [
      ['A', '2024-01-01 15:00:00', 1],
      ['A', '2024-01-03 09:00:00', 2],
    ])
    for (const { cell, dataset } of all) {
      const rows = [0, 1, 2].map((row) =>
        Object.entries(dataset.fields).map(([name, field]) => storedIn(cell, name, field, row)),
      )
      await writeRows(engine, dataset, rows)
    }
  }, 60_000)
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  it.each(all.map(({ cell, dataset }) => ({ ...cell, name: dataset.name })))(
    '$role × $type: every call has its answer',
    async ({ name, questions = [] }) => {
      const procedures = served.db.trpc as unknown as Record<
        string,
        Record<string, { query(input: object): Promise<JsonFrame> }>
      >
      expect(questions.length).toBeGreaterThan(0)
      for (const { procedure, input, answer } of questions) {
        const question = `${procedure} ${JSON.stringify(input)}`
        const frame = await procedures[name]?.[procedure]?.query(input)
        const at = frame?.fields.indexOf('value') ?? -1
        expect([question, frame?.items.map((row) => row[at])]).toEqual([question, answer.map(inJson)])
      }
    },
  )
})
