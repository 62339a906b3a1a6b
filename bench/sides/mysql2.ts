import { createConnection } from 'mysql2'
import { symbolAt } from '../database.ts'
import type { Addresses, Side } from './side.ts'

const COLUMNS = 'ts_code, trade_date, open, high, low, close, pre_close, `change`, pct_chg, vol, amount'
const BULK = `select ${COLUMNS} from daily where ts_code <= ? order by ts_code, trade_date`
const POINT = `select ${COLUMNS} from daily where ts_code = ? and trade_date >= ? and trade_date <= ? order by ts_code, trade_date`

/** mysql2 in the caller: prepared statements, rows as arrays, all kept in memory, one connection per caller. */
export async function mysql2Arrays({ database }: Addresses): Promise<Side> {
  const connections = Array.from({ length: 8 }, () => createConnection({ uri: database, dateStrings: true }))
  const execute = (caller: number, sql: string, values: string[]): Promise<number> =>
    new Promise((resolve, reject) => {
      connections[caller]?.execute({ sql, values, rowsAsArray: true }, (error, rows) =>
        error ? reject(error) : resolve((rows as unknown[]).length),
      )
    })
  return {
    bulk: (symbols) => execute(0, BULK, [symbolAt(symbols - 1)]),
    point: (caller, symbol, start, end) => execute(caller, POINT, [symbol, start, end]),
  }
}

/** mysql2 in the caller, rows only counted: the minimum that database and driver need. */
export async function mysql2Counting({ database }: Addresses): Promise<Side> {
  const connections = Array.from({ length: 8 }, () => createConnection({ uri: database, dateStrings: true }))
  const count = (caller: number, sql: string, values: string[]): Promise<number> =>
    new Promise((resolve, reject) => {
      let rows = 0
      const query = connections[caller]?.execute({ sql, values, rowsAsArray: true })
      query?.on('result', () => rows++)
      query?.on('end', () => resolve(rows))
      query?.on('error', reject)
    })
  return {
    bulk: (symbols) => count(0, BULK, [symbolAt(symbols - 1)]),
    point: (caller, symbol, start, end) => count(caller, POINT, [symbol, start, end]),
  }
}
