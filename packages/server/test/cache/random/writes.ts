import type { Client } from '@stockdb/client'
import type { Tushare } from '@stockdb/contract'
import { cell, DAYS, FACTOR_DAYS, REPORTS, type State, SYMBOLS } from './market.ts'

interface File {
  readonly dataset: string
  readonly text: string
}

/** A write of one commit, and the state that it leaves. */
export interface Write {
  readonly state: State
  /** Through a server. */
  through(db: Client<Tushare>): Promise<unknown>
  /** A like write by another program, which changes only rows that are there. */
  readonly outside: { readonly state: State; readonly statement: string }
  /** The same as a file for `stockdb import`. */
  readonly file?: File
}

/** The write with this number, by which its values are known. */
export function writeOf(random: () => number, state: State, number: number): Write {
  const one = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)] as Value
  const all = random() < 0.2
  const symbols = all ? SYMBOLS : [one(SYMBOLS)]
  const days = all || random() < 0.3 ? DAYS : [one(DAYS)]
  const [first, last] = [days[0] as string, days.at(-1) as string]
  const list = symbols.map((symbol) => `'${symbol}'`).join()
  const kind = random()
  if (kind < 0.15) {
    const [factor, from] = [2 ** (number % 4), one(FACTOR_DAYS)]
    const rows = symbols.map((ts_code) => ({ ts_code, trade_date: from, adj_factor: factor }))
    const after = {
      ...state,
      factors: changed(
        state.factors,
        symbols.map((symbol) => [cell(symbol, from), factor]),
      ),
    }
    const where = `where ts_code in (${list}) and trade_date = '${from}'`
    return {
      state: after,
      through: (db) => db.adj_factor.upsert(rows),
      outside: { state: after, statement: `update adj_factor set adj_factor = ${factor} ${where}` },
      file: csv('adj_factor', rows),
    }
  }
  if (kind < 0.25) {
    const report = one(REPORTS)
    const { end_date } = report
    const rows = symbols.map((ts_code) => ({ ts_code, ...report, roe: number, update_flag: '0' }))
    const entries = symbols.map((symbol) => [cell(symbol, end_date), number] as const)
    const where = `where ts_code in (${list}) and end_date = '${end_date}'`
    return {
      state: { ...state, returns: changed(state.returns, entries) },
      through: (db) => db.fina_indicator.upsert(rows),
      outside: {
        state: { ...state, returns: changed(state.returns, those(state.returns, entries)) },
        statement: `update fina_indicator set roe = ${number} ${where}`,
      },
      file: csv('fina_indicator', rows),
    }
  }
  if (kind < 0.32) {
    const name = `n${number}`
    const rows = symbols.map((ts_code) => ({ ts_code, name }))
    const after = {
      ...state,
      names: changed(
        state.names,
        symbols.map((symbol) => [symbol, name]),
      ),
    }
    return {
      state: after,
      through: (db) => db.stock_basic.upsert(rows),
      outside: { state: after, statement: `update stock_basic set name = '${name}' where ts_code in (${list})` },
      file: csv('stock_basic', rows),
    }
  }
  if (kind < 0.42) {
    const gone = new Set(symbols.flatMap((symbol) => days.map((day) => cell(symbol, day))))
    const after = { ...state, closes: new Map([...state.closes].filter(([at]) => !gone.has(at))) }
    const where = `where ts_code in (${list}) and trade_date between '${first}' and '${last}'`
    return {
      state: after,
      through: (db) => db.daily.delete({ symbols, start: first, end: last }),
      outside: { state: after, statement: `delete from daily ${where}` },
    }
  }
  if (kind < 0.5) {
    // Of a table which no answer is made of.
    const row = { ts_code: symbols[0] as string, trade_date: first, net_mf_vol: number }
    return {
      ...{ state, outside: { state, statement: 'delete from moneyflow' }, file: csv('moneyflow', [row]) },
      through: (db) => db.moneyflow.upsert([row]),
    }
  }
  const rows = symbols.flatMap((ts_code) =>
    days.map((trade_date) => ({
      ...{ ts_code, trade_date },
      close: number * 100 + SYMBOLS.indexOf(ts_code) * 10 + DAYS.indexOf(trade_date),
    })),
  )
  const entries = rows.map(({ ts_code, trade_date, close }) => [cell(ts_code, trade_date), close] as const)
  const whens = rows.map(
    ({ ts_code, trade_date, close }) => `when ts_code = '${ts_code}' and trade_date = '${trade_date}' then ${close}`,
  )
  return {
    state: { ...state, closes: changed(state.closes, entries) },
    through: (db) => db.daily.upsert(rows),
    outside: {
      state: { ...state, closes: changed(state.closes, those(state.closes, entries)) },
      statement: `update daily set close = case ${whens.join(' ')} else close end`,
    },
    file: csv('daily', rows),
  }
}

const changed = <Value>(
  before: ReadonlyMap<string, Value>,
  entries: readonly (readonly [string, Value])[],
): ReadonlyMap<string, Value> => new Map([...before, ...entries])

/** The entries of rows that are there. */
const those = <Value>(
  before: ReadonlyMap<string, Value>,
  entries: readonly (readonly [string, Value])[],
): readonly (readonly [string, Value])[] => entries.filter(([at]) => before.has(at))

function csv(dataset: string, rows: readonly Readonly<Record<string, string | number>>[]): File {
  const header = Object.keys(rows[0] as object)
  return { dataset, text: [header, ...rows.map((row) => header.map((name) => row[name]))].join('\n') }
}
