import type { Batch } from '@stockdb/contract/wire'
import { describe, expect, it } from 'vitest'
import { DenseRows, type PanelPlan } from '../../../src/execute/panel/dense-rows.ts'
import { SessionDays } from '../../../src/execute/session-days.ts'
import { randomFrom } from '../../support/random.ts'

type Row = readonly [symbol: string, day: number, value: number]

/** Rows in batches of some length, with one growing dictionary. */
function* batchesOf(rows: readonly Row[], length: number): Generator<Batch> {
  const none = { validity: undefined, nullCount: 0 }
  const codes = new Map<string, number>()
  for (let from = 0; from < rows.length; from += length) {
    const part = rows.slice(from, from + length)
    for (const [symbol] of part) if (!codes.has(symbol)) codes.set(symbol, codes.size)
    yield {
      numRows: part.length,
      vectors: [
        {
          ...{ type: 'symbol', dictionary: [...codes.keys()], ...none },
          values: Int32Array.from(part, ([symbol]) => codes.get(symbol) as number),
        },
        { type: 'date', values: Int32Array.from(part, ([, day]) => day), ...none },
        { type: 'float64', values: Float64Array.from(part, ([, , value]) => value), ...none },
        { type: 'float64', values: Float64Array.from(part, ([, , value]) => value * 2), ...none },
      ],
    }
  }
}

/** Every third day is no session. */
const DAYS = Array.from({ length: 3_000 }, (_, at) => at).filter((day) => day % 3 !== 0)
const SYMBOLS = Array.from({ length: 45 }, (_, at) => `S${at + 100}`)

const plan = (more: Partial<PanelPlan> = {}): PanelPlan => ({
  days: new SessionDays(0, 3_000, Int32Array.from(DAYS), 0, 'trade_cal'),
  ...{ symbols: SYMBOLS, before: undefined, filledUntil: new Map(), width: 2, maxRows: 1e6 },
  names: ['code', 'day', 'close', 'twice'],
  ...more,
})

/** The rows of the panel as texts, and how many rows its batches have. */
function panelOf(rows: readonly Row[], length: number, panel: PanelPlan): { cells: string[]; sizes: number[] } {
  const dense = new DenseRows(panel)
  const [cells, sizes]: [string[], number[]] = [[], []]
  const take = ({ numRows, vectors: [symbols, dates, ...numbers] }: Batch): void => {
    sizes.push(numRows)
    for (let row = 0; row < numRows; row++) {
      const symbol = symbols?.type === 'symbol' ? symbols.dictionary[symbols.values[row] as number] : undefined
      cells.push([symbol, dates?.values[row], ...numbers.map(({ values }) => values[row])].join(' '))
    }
  }
  for (const batch of batchesOf(rows, length)) for (const part of dense.take(batch)) take(part)
  for (const part of dense.end()) take(part)
  return { cells, sizes }
}

describe('a panel of rows', () => {
  const random = randomFrom(7)
  // Some symbols without a row, some with all, most with holes of any length.
  const rows = SYMBOLS.flatMap((symbol, at): Row[] => {
    if (at % 10 === 9) return []
    let isOpen = true
    return DAYS.filter(() => {
      if (random() < 0.1) isOpen = !isOpen
      return isOpen || at % 10 === 0
    }).map((day) => [symbol, day, Math.floor(random() * 1_000)])
  })
  const values = new Map(rows.map(([symbol, day, value]) => [`${symbol} ${day}`, value]))

  it.each([1, 7, 16_384])('has a row for every symbol and day, from batches of %i rows', (length) => {
    const { cells, sizes } = panelOf(rows, length, plan())
    const expected = SYMBOLS.flatMap((symbol) =>
      DAYS.map((day) => {
        const value = values.get(`${symbol} ${day}`) ?? Number.NaN
        return `${symbol} ${day} ${value} ${value * 2}`
      }),
    )
    expect(cells).toEqual(expected)
    expect(sizes).toEqual([16_384, 16_384, 16_384, 16_384, 16_384, 45 * 2_000 - 5 * 16_384])
  })

  it('fills gaps with the row before, for so many days', () => {
    const { cells } = panelOf(rows, 1_000, plan({ before: new Map(), maxFill: 2 }))
    const expected = SYMBOLS.flatMap((symbol) => {
      let [last, since] = [Number.NaN, Number.POSITIVE_INFINITY]
      return DAYS.map((day) => {
        const value = values.get(`${symbol} ${day}`)
        since = value === undefined ? since + 1 : 0
        last = value ?? last
        const shown = since <= 2 ? last : Number.NaN
        return `${symbol} ${day} ${shown} ${shown * 2}`
      })
    })
    expect(cells).toEqual(expected)
  })

  it('refuses a day without trading, a second row of a day, and too many rows', () => {
    const of = (...days: number[]): Row[] => days.map((day) => ['S100', day, 1])
    const refuse = (given: readonly Row[], more: Partial<PanelPlan> = {}) =>
      expect(() => panelOf(given, 10, plan({ symbols: ['S100'], ...more })))
    refuse(of(1, 2, 3)).toThrow('S100 has a row on 1970-01-04, which is no trading day in trade_cal')
    refuse(of(1, 2, 2)).toThrow('S100 has several rows on 1970-01-03; a panel needs one')
    refuse(of(1, 4, 2)).toThrow('S100 has several rows on 1970-01-03; a panel needs one')
    refuse(of(...DAYS), { maxRows: 1_999 }).toThrow('the panel has more than 1999 rows of 2 fields')
    refuse(of(...DAYS), { maxRows: 2_000 }).not.toThrow()
  })
})
