import { tushare } from '@stockdb/contract'
import type { Engine } from '@stockdb/server'
import { writeRows } from '../../support/write-rows.ts'

/** The catalogue of the market. */
export const { daily, adj_factor, trade_cal, stock_basic, suspend_d, namechange, stk_mins } = tushare

const allDays = Array.from({ length: 182 }, (_, at) => new Date(Date.UTC(2024, 0, 1 + at)).toISOString().slice(0, 10))
/** The weekdays of half a year. */
export const sessions = allDays.filter((day) => ![0, 6].includes(new Date(day).getUTCDay()))

interface Stock {
  readonly listed?: string
  readonly delisted?: string
  readonly suspended?: readonly [from: string, to: string]
  /** Days with deleted rows. */
  readonly deleted?: readonly [from: string, to: string]
}

/**
 * One of each kind: `S9` is not listed, `S8` has no row, `S6` was suspended within its hole, `S5` has a row on a
 * suspended day.
 */
export const stocks: Readonly<Record<string, Stock>> = {
  S0: { listed: '2000-01-04' },
  S1: { listed: '2000-01-04', deleted: ['2024-02-01', '2024-04-30'] },
  S2: { listed: '2024-03-04' },
  S3: { listed: '2000-01-04', delisted: '2024-05-06' },
  S4: { listed: '2000-01-04', suspended: ['2024-03-11', '2024-04-12'] },
  S5: { listed: '2000-01-04', suspended: ['2024-06-24', '2024-06-26'], deleted: ['2024-01-01', '2024-01-31'] },
  S6: { listed: '2000-01-04', suspended: ['2024-03-11', '2024-03-15'], deleted: ['2024-03-01', '2024-03-29'] },
  S7: { listed: '2024-02-05', deleted: ['2024-05-01', '2024-06-30'] },
  S8: { listed: '2024-06-03', deleted: ['2024-06-01', '2024-06-30'] },
  S9: { deleted: ['2024-04-08', '2024-04-12'] },
}

const within = (day: string, span: readonly [from: string, to: string] | undefined): boolean =>
  span !== undefined && day >= span[0] && day <= span[1]

export const isSuspended = (symbol: string, day: string): boolean => within(day, stocks[symbol]?.suspended)

export function isListed(symbol: string, day: string): boolean {
  const { listed, delisted } = stocks[symbol] ?? {}
  return listed !== undefined && day >= listed && (delisted === undefined || day < delisted)
}

export function hasRow(symbol: string, day: string): boolean {
  const { listed = '', deleted } = stocks[symbol] ?? {}
  if (symbol === 'S5' && day === '2024-06-25') return true
  return (listed === '' || isListed(symbol, day)) && !isSuspended(symbol, day) && !within(day, deleted)
}

export async function fillMarket(engine: Engine): Promise<void> {
  const symbols = Object.keys(stocks)
  const rows = symbols.flatMap((symbol) =>
    sessions.filter((day) => hasRow(symbol, day)).map((day) => [symbol, day, 10, 1]),
  )
  await writeRows(engine, daily, rows, ['ts_code', 'trade_date', 'close', 'vol'])
  const calendar = allDays.map((day) => ['SSE', day, Number(sessions.includes(day))])
  await writeRows(engine, trade_cal, calendar, ['exchange', 'cal_date', 'is_open'])
  const listings = Object.entries(stocks).filter(([, { listed }]) => listed)
  await writeRows(
    engine,
    stock_basic,
    listings.map(([symbol, { listed, delisted = null }]) => [symbol, symbol, listed as string, delisted]),
    ['ts_code', 'name', 'list_date', 'delist_date'],
  )
  const suspensions = symbols.flatMap((symbol) =>
    allDays.filter((day) => isSuspended(symbol, day)).map((day) => [symbol, day, 'S', null]),
  )
  const others = [
    // Neither is a full day without trading.
    ['S0', '2024-05-06', 'S', '09:30-10:00'],
    ['S1', '2024-02-05', 'R', null],
  ]
  const fields = ['ts_code', 'trade_date', 'suspend_type', 'suspend_timing']
  await writeRows(engine, suspend_d, [...suspensions, ...others], fields)
  const names = [['S0', '2024-01-01', 'A']]
  await writeRows(engine, namechange, names, ['ts_code', 'start_date', 'name'])
  const minutes = ['S0', 'S1'].flatMap((symbol) =>
    sessions
      .filter((day) => day >= '2024-04-22' && day <= '2024-05-10' && hasRow(symbol, day))
      .flatMap((day) => ['09:31', '15:00'].map((at) => [symbol, '1min', `${day} ${at}:00`])),
  )
  await writeRows(engine, stk_mins, minutes, ['ts_code', 'freq', 'trade_time'])
}
