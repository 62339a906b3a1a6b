import type { StoredValue } from '@stockdb/contract/internal'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serve } from '../../support/serve.ts'
import { enginesOfRun, type Store } from '../../support/stores.ts'
import { writeRows } from '../../support/write-rows.ts'
import { known } from './known-datasets.ts'

/** code, period, kind, ann_date, f_ann_date, flag, profit */
const reports: StoredValue[][] = [
  ['A', '2023-09-30', '1', '2023-10-20', '2023-10-20', '0', 1],
  ['A', '2023-12-31', '1', '2024-03-20', '2024-03-20', '0', 2],
  // The annual report is corrected the next day.
  ['A', '2023-12-31', '1', '2024-03-20', '2024-03-21', '1', 3],
  // The previous quarter is restated after the annual report.
  ['A', '2023-09-30', '1', '2023-10-20', '2024-06-10', '1', 4],
  ['A', '2023-12-31', '4', '2024-03-20', '2024-03-20', '0', 40],
  ['A', '2024-03-31', '1', '2024-04-25', '2024-04-25', '0', 5],
  // Announced twice on a day: the update flag decides, as text; null comes first.
  ['B', '2023-12-31', '1', '2024-04-01', null, null, 6],
  ['B', '2023-12-31', '1', '2024-04-01', null, '0', 7],
  ['B', '2023-12-31', '1', '2024-04-01', null, '1', 8],
  // Has only a first announcement, or only an actual one.
  ['C', '2023-12-31', '1', '2024-02-01', null, '0', 9],
  ['C', '2024-03-31', '1', null, '2024-05-01', '0', 10],
  // Without any announcement date.
  ['C', '2024-06-30', '1', null, null, '1', 11],
  // Planned for February, announced in April: the actual day counts.
  ['D', '2023-12-31', '1', '2024-02-01', '2024-04-30', '0', 12],
  // The same actual day: the later first announcement is the later version.
  ['E', '2023-12-31', '1', '2024-02-01', '2024-04-30', '0', 13],
  ['E', '2023-12-31', '1', '2024-04-30', null, '0', 14],
  ['F', '2023-12-31', null, '2024-02-01', '2024-02-01', '0', 15],
]

/** code, period, ann_date, imp_ann_date, stage, cash */
const plans: StoredValue[][] = [
  ['A', '2022-12-31', '2023-03-20', null, 'plan', 1],
  ['A', '2023-12-31', '2024-03-20', null, 'plan', 2],
  ['A', '2023-12-31', '2024-03-20', '2024-06-10', 'paid', 2],
  // A second plan for the same period, announced later.
  ['A', '2023-12-31', '2024-05-10', null, 'plan', 0.5],
  // An ordinary and a special dividend, distinguished only by the amount.
  ['B', '2023-12-31', '2024-04-01', null, 'plan', 1],
  ['B', '2023-12-31', '2024-04-01', null, 'plan', 0.2],
  // Without a period, though announced.
  ['B', null, '2024-03-01', null, 'plan', 9],
  ['C', null, '2024-03-01', null, 'plan', 9],
]

const weights: StoredValue[][] = [
  ['X', '2024-01-31', 'A', 60],
  ['X', '2024-01-31', 'B', 40],
  ['X', '2024-02-29', 'A', 50],
  ['X', '2024-02-29', 'C', 50],
  ['Y', '2024-02-15', 'B', 100],
]

/** code, sector, since, until, note */
const members: StoredValue[][] = [
  ['A', 'banks', '2020-01-01', '2022-06-30', 'past'],
  ['A', 'steel', '2022-06-30', null, 'now'],
  ['B', 'banks', '2021-01-01', null, 'now'],
  ['C', 'wine', '2019-01-01', '2021-05-05', 'past'],
]

describe.each(enginesOfRun)('point-in-time reads from $engine', ({ open }) => {
  let store: Store
  let served: Served<typeof known>
  beforeAll(async () => {
    store = await open()
    served = await serve(store.address, { catalogue: known })
    const { engine } = served.server
    await writeRows(engine, known.report, reports)
    await writeRows(engine, known.text_report, reports)
    await writeRows(
      engine,
      known.ratio,
      reports.filter((row) => row[2] === '1').map((row) => [0, 1, 3, 5, 6].map((at) => row[at] as StoredValue)),
    )
    await writeRows(engine, known.plan, plans)
    await writeRows(engine, known.weight, weights)
    await writeRows(engine, known.member, members)
    await writeRows(engine, known.label, [...members, ['D', 'fog', null, null, null]])
  })
  afterAll(async () => {
    await served?.close()
    await store?.drop()
  })

  type Input = Parameters<typeof served.db.report.asOf>[0]

  /** Rows as `A 2023-12 3`: symbol, month of the period, profit. */
  const short = (frame: { columns: { code: string[]; period: string[]; profit: Float64Array } }): string[] =>
    frame.columns.code.map(
      (code, row) => `${code} ${frame.columns.period[row]?.slice(0, 7)} ${frame.columns.profit[row]}`,
    )

  describe.each(['report', 'text_report'] as const)('statements of %s', (name) => {
    const asOf = async (date: string, more: Omit<Input, 'date' | 'fields'> = {}): Promise<string[]> =>
      short(await served.db[name].asOf({ date, ...more, fields: ['profit'] }))

    it('return the newest period of each symbol, in the version announced last', async () => {
      expect(await asOf('2024-04-01')).toEqual(['A 2023-12 3', 'C 2023-12 9'])
      expect(await asOf('2024-05-02')).toEqual([
        'A 2024-03 5',
        'B 2023-12 8',
        'C 2024-03 10',
        'D 2023-12 12',
        'E 2023-12 14',
      ])
      expect(await asOf('2023-10-20')).toEqual([])
      expect(await asOf('20231021')).toEqual(['A 2023-09 1'])
    })

    it('exclude announcements of the day itself by default', async () => {
      expect(await asOf('2024-03-20')).toEqual(['A 2023-09 1', 'C 2023-12 9'])
      expect(await asOf('2024-03-20', { sameDay: true })).toEqual(['A 2023-12 2', 'C 2023-12 9'])
      expect(await asOf('2024-03-21')).toEqual(['A 2023-12 2', 'C 2023-12 9'])
      expect(await asOf('2024-03-21', { sameDay: true })).toEqual(['A 2023-12 3', 'C 2023-12 9'])
    })

    it('of one day are ordered by the update flag', async () => {
      expect(await asOf('2024-04-02', { symbols: ['B'] })).toEqual(['B 2023-12 8'])
    })

    it('can return several periods, newest first, each as known then', async () => {
      expect(await asOf('2024-06-10', { symbols: ['A'], periods: 3 })).toEqual([
        'A 2024-03 5',
        'A 2023-12 3',
        'A 2023-09 1',
      ])
      expect(await asOf('2024-06-11', { symbols: ['A'], periods: 1_000 })).toEqual([
        'A 2024-03 5',
        'A 2023-12 3',
        'A 2023-09 4',
      ])
      expect(await asOf('2024-06-11', { periods: 2 })).toEqual([
        'A 2024-03 5',
        'A 2023-12 3',
        'B 2023-12 8',
        'C 2024-03 10',
        'C 2023-12 9',
        'D 2023-12 12',
        'E 2023-12 14',
      ])
    })

    it('have one report type, by default consolidated, as text or number', async () => {
      expect(await asOf('2024-04-01', { report_type: '4' })).toEqual(['A 2023-12 40'])
      expect(await asOf('2024-04-01', { report_type: 4 })).toEqual(['A 2023-12 40'])
      expect(await asOf('2024-04-01', { report_type: 'x' })).toEqual([])
    })

    it('are not known without an announcement date', async () => {
      expect(await asOf('9999-12-31', { symbols: ['C'], periods: 9 })).toEqual(['C 2024-03 10', 'C 2023-12 9'])
    })

    it('of no symbols or unknown symbols are empty', async () => {
      expect(await asOf('2024-05-02', { symbols: [] })).toEqual([])
      expect(await asOf('2024-05-02', { symbols: ['Z', 'D'], unknownSymbols: 'ignore' })).toEqual(['D 2023-12 12'])
    })
  })

  it('reports the arguments and the rule in meta', async () => {
    const frame = await served.db.report.asOf({ date: '20240401', fields: [] })
    expect(Object.keys(frame.columns)).toEqual(['code', 'period'])
    expect(frame.meta).toMatchObject({
      dataset: 'report',
      asOf: '2024-04-01',
      rule: 'newest period with coalesce(f_ann_date, ann_date) < the date, of its versions the last by the actual day of announcement, then flag',
      arguments: { date: '2024-04-01', periods: 1, report_type: '1', sameDay: false },
      complete: true,
    })
    const ratio = await served.db.ratio.asOf({ date: '2024-04-01', sameDay: true })
    expect(ratio.meta.rule).toBe(
      'newest period with ann_date ≤ the date, of its versions the last by the actual day of announcement, then flag',
    )
    expect(ratio.meta.arguments).toEqual({ date: '2024-04-01', periods: 1, sameDay: true })
  })

  it('uses the only announcement date if statements have no other', async () => {
    const frame = await served.db.ratio.asOf({ date: '2024-04-02', fields: ['roe', 'ann_date'] })
    expect(frame.rows()).toEqual([
      { code: 'A', period: '2023-12-31', roe: 3, ann_date: '2024-03-20' },
      { code: 'B', period: '2023-12-31', roe: 8, ann_date: '2024-04-01' },
      { code: 'C', period: '2023-12-31', roe: 9, ann_date: '2024-02-01' },
      { code: 'D', period: '2023-12-31', roe: 12, ann_date: '2024-02-01' },
      { code: 'E', period: '2023-12-31', roe: 13, ann_date: '2024-02-01' },
    ])
  })

  it('returns every row of a period if announcements do not supersede each other, newest first', async () => {
    const on = async (date: string, more: { periods?: number; sameDay?: boolean } = {}) =>
      (await served.db.plan.asOf({ date, ...more, fields: [] }))
        .rows()
        .map((row) => `${row.code} ${row.period?.slice(0, 4)} ${row.stage} ${row.cash}`)
    expect(await on('2024-03-20')).toEqual(['A 2022 plan 1'])
    expect(await on('2024-04-02')).toEqual(['A 2023 plan 2', 'B 2023 plan 1', 'B 2023 plan 0.2'])
    expect(await on('2024-05-10', { sameDay: true })).toEqual([
      'A 2023 plan 0.5',
      'A 2023 plan 2',
      'B 2023 plan 1',
      'B 2023 plan 0.2',
    ])
    expect(await on('2024-06-11', { periods: 2 })).toEqual([
      'A 2023 paid 2',
      'A 2023 plan 0.5',
      'A 2023 plan 2',
      'A 2022 plan 1',
      'B 2023 plan 1',
      'B 2023 plan 0.2',
    ])
    expect((await served.db.plan.asOf({ date: '2024-05-10' })).meta.rule).toBe(
      'newest period with coalesce(imp_ann_date, ann_date) < the date, all its rows',
    )
  })

  it('returns the complete set published last', async () => {
    const on = async (date: string, symbols?: string[]) =>
      (await served.db.weight.asOf({ date, symbols }))
        .rows()
        .map((row) => `${row.index_code} ${row.con_code} ${row.weight}`)
    expect(await on('2024-01-30')).toEqual([])
    expect(await on('2024-01-31')).toEqual(['X A 60', 'X B 40'])
    expect(await on('2024-02-28')).toEqual(['X A 60', 'X B 40', 'Y B 100'])
    expect(await on('2024-02-28', ['Y'])).toEqual(['Y B 100'])
    expect(await on('2024-03-01')).toEqual(['X A 50', 'X C 50', 'Y B 100'])
    expect((await served.db.weight.asOf({ date: '2024-03-01' })).meta.rule).toBe(
      "all rows of each index_code's last trade_date ≤ the date",
    )
  })

  it('returns the rows in force on the date, including their last day if the rule says so', async () => {
    const on = async (dataset: 'member' | 'label', date: string, symbols?: string[]) => {
      const { db } = served
      const { columns } = await (dataset === 'member'
        ? db.member.asOf({ date, symbols, fields: [] })
        : db.label.asOf({ date, symbols, fields: [] }))
      return columns.code.map((code, row) => `${code} ${columns.sector[row]}`)
    }
    expect(await on('member', '2021-05-04')).toEqual(['A banks', 'B banks', 'C wine'])
    expect(await on('member', '2021-05-05')).toEqual(['A banks', 'B banks'])
    expect(await on('label', '2021-05-05')).toEqual(['A banks', 'B banks', 'C wine'])
    expect(await on('label', '2021-05-06')).toEqual(['A banks', 'B banks'])
    expect(await on('member', '2022-06-30')).toEqual(['A steel', 'B banks'])
    expect(await on('label', '2022-06-30', ['A'])).toEqual(['A banks', 'A steel'])
    expect((await served.db.member.asOf({ date: '2024-03-01' })).meta.rule).toBe(
      'since ≤ the date, and until null or > the date; null because they were not known on the date: until, note',
    )
    expect((await served.db.label.asOf({ date: '2024-03-01' })).meta.rule).toBe(
      'since ≤ the date, and until null or ≥ the date; null because they were not known on the date: until',
    )
  })

  it('does not return the end of current rows, nor values known only today', async () => {
    const { db } = served
    for (const symbols of [undefined, ['A', 'B', 'C']]) {
      const member = await db.member.asOf({ date: '2021-05-04', symbols })
      expect(member.columns).toMatchObject({
        sector: ['banks', 'banks', 'wine'],
        until: [null, null, null],
        note: [null, null, null],
      })
      // A name is still in use on its last day.
      const label = await db.label.asOf({ date: '2021-05-05', symbols, fields: ['until', 'note'] })
      expect(label.columns).toMatchObject({ until: [null, null, null], note: ['past', 'now', 'past'] })
    }
    expect((await db.member.list({ symbols: ['C'] })).columns).toMatchObject({ until: ['2021-05-05'], note: ['past'] })
  })

  it('refuses arguments that a dataset does not use, and invalid values', async () => {
    const { db } = served
    const refusal = (name: keyof typeof known, input: object) =>
      (db[name] as unknown as { asOf(input: object): Promise<object> }).asOf(input).then(
        () => 'taken',
        (error: Error) => error.message,
      )
    expect(await refusal('ratio', { date: '2024-01-01', report_type: '1' })).toMatch(
      /^unknown argument "report_type"; expected date, /,
    )
    expect(await refusal('weight', { date: '2024-01-01', periods: 2 })).toMatch(
      /^unknown argument "periods"; expected date, /,
    )
    expect(await refusal('member', { date: '2024-01-01', sameDay: true })).toMatch(
      /^unknown argument "sameDay"; expected date, /,
    )
    expect(await refusal('report', { date: '2024-01-01', periods: 0 })).toContain('periods: got 0; expected a whole')
    expect(await refusal('report', { date: '2024-01-01', report_type: true })).toContain('report_type: got true')
    expect(await refusal('report', { date: '2024-01-01', fields: ['x'] })).toContain('expected a field of report')
    expect(await refusal('report', {})).toContain('date: is missing')
  })
})
