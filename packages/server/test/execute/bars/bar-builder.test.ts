import { tushare } from '@stockdb/contract'
import { dateOf, daysOf } from '@stockdb/contract/internal'
import { type Batch, plainValues, type Vector } from '@stockdb/contract/wire'
import { array, assert, constantFrom, double, integer, oneof, property, record } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BarBuilder } from '../../../src/execute/bars/bar-builder.ts'
import { SessionPeriods } from '../../../src/execute/bars/session-periods.ts'
import { SessionDays } from '../../../src/execute/session-days.ts'
import { planBars } from '../../../src/plan/bars/bar-plan.ts'

const dataset = tushare.daily
const names = Object.keys(dataset.fields)
const columns = Object.entries(dataset.fields).map(([name, { type, nullable }]) => ({ name, type, nullable }))
const FIRST = daysOf('2024-01-01')
const DAYS = 500
const none = { validity: undefined, nullCount: 0 }

type Row = Record<string, number> & { symbol: number; day: number }

const price = oneof(double({ min: 0.01, max: 1_000, noNaN: true }), constantFrom(Number.NaN))
const numbers = names.slice(2).filter((name) => name !== 'change' && name !== 'pct_chg')
const rows = array(
  record({
    symbol: integer({ min: 0, max: 3 }),
    day: integer({ min: 0, max: DAYS - 1 }),
    ...Object.fromEntries(numbers.map((name) => [name, price])),
  }),
  { maxLength: 120 },
)
const open = array(constantFrom(true, true, true, false), { minLength: DAYS, maxLength: DAYS })

function batchOf(part: readonly Row[]): Batch {
  const vectors = names.map((name): Vector => {
    if (name === 'ts_code')
      return {
        type: 'symbol',
        values: Int32Array.from(part, ({ symbol }) => symbol),
        dictionary: ['A', 'B', 'C', 'D'],
        ...none,
      }
    if (name === 'trade_date') return { type: 'date', values: Int32Array.from(part, ({ day }) => FIRST + day), ...none }
    return { type: 'float64', values: Float64Array.from(part, (row) => row[name] ?? Number.NaN), ...none }
  })
  return { numRows: part.length, vectors }
}

/** The first day of a day's period, computed from its date alone. */
function periodOf(period: string, day: number): string {
  const date = dateOf(day)
  const [year, month] = [date.slice(0, 4), Number(date.slice(5, 7))]
  if (period === 'week') return dateOf(day - ((new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7))
  return { month: date.slice(0, 7), quarter: `${year} ${Math.ceil(month / 3)}`, year }[period] ?? ''
}

/** The bars by a plain loop: rows by period, then each value. */
function expectedBars(period: string, all: readonly Row[], sessions: readonly number[], end: number): unknown[][] {
  const groups = new Map<string, Row[]>()
  for (const row of all) {
    const key = `${row.symbol} ${periodOf(period, FIRST + row.day)}`
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  return [...groups.values()].map((group) => {
    const values = (name: string) => group.map((row) => row[name] as number).filter((value) => !Number.isNaN(value))
    const pick = (name: string, how: (some: number[]) => number | undefined) =>
      (values(name).length > 0 ? how(values(name)) : undefined) ?? Number.NaN
    const own = periodOf(period, FIRST + (group[0] as Row).day)
    const inside = Array.from({ length: DAYS + 10 }, (_, at) => FIRST - 5 + at).filter(
      (day) => day <= end && periodOf(period, day) === own,
    )
    const label = sessions.filter((day) => inside.includes(day)).at(-1) ?? inside.at(-1) ?? 0
    const [close, before] = [pick('close', (some) => some.at(-1)), pick('pre_close', (some) => some[0])]
    const bar: Record<string, unknown> = {
      ts_code: 'ABCD'[(group[0] as Row).symbol],
      trade_date: dateOf(label),
      open: pick('open', (some) => some[0]),
      high: pick('high', (some) => Math.max(...some)),
      low: pick('low', (some) => Math.min(...some)),
      close,
      pre_close: before,
      change: close - before,
      pct_chg: ((close - before) / before) * 100,
      vol: pick('vol', (some) => some.reduce((sum, value) => sum + value)),
      amount: pick('amount', (some) => some.reduce((sum, value) => sum + value)),
    }
    return names.map((name) => bar[name])
  })
}

/** Whether its bar would be dated before it. */
function isLate(period: string, day: number, sessions: readonly number[]): boolean {
  const last = sessions.filter((one) => periodOf(period, one) === periodOf(period, day)).at(-1)
  return last !== undefined && last < day
}

describe('bars', () => {
  it.each([
    // A Saturday, and a Friday that the calendar lacks.
    ['week', '2024-01-06', '2024-01-05'],
    ['week', '2024-01-05', '2024-01-04'],
    ['month', '2024-01-31', '2024-01-30'],
  ] as const)('of a %s are refused if a row on %s is later than their last trading day', (period, day, last) => {
    const calendar = new SessionDays(daysOf('2024-01-01'), daysOf('2024-12-31'), Int32Array.of(daysOf(last)), 0, 'days')
    const periods = new SessionPeriods(period, calendar, daysOf('2024-12-31'))
    const builder = new BarBuilder(planBars(dataset, names), periods, columns)
    const row = (date: string): Row => ({ symbol: 2, day: daysOf(date) - FIRST })
    expect(() => builder.take(batchOf([row(last), row(day)]), true)).toThrow(
      `C has a row on ${day}, after the last trading day of its ${period} in days; correct the calendar, or the row`,
    )
  })

  it('equal a plain loop, however the rows are split into batches', () => {
    assert(
      property(
        rows,
        open,
        constantFrom('week', 'month', 'quarter', 'year' as const),
        array(integer({ min: 0, max: 40 })),
        integer({ min: DAYS, max: DAYS + 3 }),
        (some, isOpen, period, cuts, length) => {
          const distinct = new Map(some.map((row) => [row.symbol * DAYS + row.day, row as Row]))
          const sessions = Array.from({ length: DAYS }, (_, at) => FIRST + at).filter((_, at) => isOpen[at])
          const end = FIRST + length - 1
          const ordered = [...distinct]
            .sort(([a], [b]) => a - b)
            .map(([, row]) => row)
            .filter(({ day }) => !isLate(period, FIRST + day, sessions))
          const calendar = new SessionDays(FIRST, FIRST + DAYS + 10, Int32Array.from(sessions), 0, 'days')
          const builder = new BarBuilder(planBars(dataset, names), new SessionPeriods(period, calendar, end), columns)
          const answered: unknown[][] = []
          let at = 0
          for (const cut of [...cuts, ordered.length]) {
            const { numRows, vectors } = builder.take(batchOf(ordered.slice(at, at + cut)), at + cut >= ordered.length)
            const plain = vectors.map(plainValues)
            for (let row = 0; row < numRows; row++) answered.push(plain.map((column) => column[row]))
            at += cut
            if (at >= ordered.length) break
          }
          expect(answered).toEqual(expectedBars(period, ordered, sessions, end))
        },
      ),
      { numRuns: 300 },
    )
  })
})
