import { type ConnectOptions, connect } from '@stockdb/client'
import { symbolsUpTo } from '../database.ts'
import type { Addresses, Side } from './side.ts'

/** Through server and client, into typed columns. */
export const stockdb = ({ server }: Addresses): Promise<Side> => through(server)

/** The same, through a server that keeps answers in memory. */
export const serverCache = ({ server, keeping = server }: Addresses): Promise<Side> => through(keeping)

/** The same, through a server of two workers. */
export const twoWorkers = ({ server, inTwo = server }: Addresses): Promise<Side> => through(inTwo)

/** The same, through one worker, with a client that keeps answers as well. */
export const clientCache = ({ server, keeping = server }: Addresses): Promise<Side> =>
  through(keeping, { cache: { memory: '512MB' } })

async function through(server: string, options: ConnectOptions = {}): Promise<Side> {
  const db = await connect(server, options)
  return {
    async run(call) {
      switch (call.kind) {
        case 'point': {
          const { symbol, start, end } = call
          const bars = await db.daily.range({ symbols: [symbol], start, end, fields: ['open', 'high', 'low', 'close'] })
          return bars.columns.close.length
        }
        case 'bulk': {
          const bars = await db.daily.range({ symbols: symbolsUpTo(call.lastSymbol, call.firstSymbol) })
          // Each column is looked at: strings are made when they are.
          return Object.values(bars.columns).every(({ length }) => length === bars.numRows) ? bars.numRows : Number.NaN
        }
        case 'cross-section': {
          const bars = await db.daily.at({ date: call.date })
          return Object.values(bars.columns).every(({ length }) => length === bars.numRows) ? bars.numRows : Number.NaN
        }
        case 'panel': {
          const { start, end } = call
          const symbols = symbolsUpTo(call.lastSymbol, call.firstSymbol)
          const { panels } = await db.daily.panel({ symbols, start, end, fields: ['close'], adjust: 'qfq' })
          return panels.close.dates.length * panels.close.symbols.length
        }
        case 'as-of': {
          const symbols = symbolsUpTo(call.lastSymbol)
          return (await db.fina_indicator.asOf({ date: call.date, symbols, fields: ['eps', 'roe'] })).columns.roe.length
        }
        case 'join': {
          const query = db.query
            .selectFrom('daily')
            .innerJoin('stock_basic', 'stock_basic.ts_code', 'daily.ts_code')
            .where('trade_date', '>=', call.start)
            .where('trade_date', '<=', call.end)
            .groupBy('industry')
            .orderBy('industry')
            .select(({ fn }) => ['industry', fn.avg('pct_chg').as('mean'), fn.countAll().as('bars')])
          return (await db.frame(query)).numRows
        }
        case 'everything': {
          let rows = 0
          for await (const batch of db.daily.stream()) rows += batch.numRows
          return rows
        }
      }
    },
  }
}
