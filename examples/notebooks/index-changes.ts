// %% [markdown]
// # Index changes: an event study
//
// What stocks do around the day on which they first appear in an index, compared with the index. Constituents are taken as they
// were published.

// %%
import { connect } from '@stockdb/client'
import { compound, mean, returns } from '@stockdb/client/series'
import { chart, show } from '@stockdb/notebook'

const BEFORE = 20
const AFTER = 40
const db = await connect(process.env.STOCKDB_URL ?? 'http://127.0.0.1:7788', { token: process.env.STOCKDB_TOKEN })
const index = process.env.STOCKDB_INDEX ?? (await db.index_basic.list({ limit: 1 })).columns.ts_code[0] ?? '000300.SH'
const weights = await db.index_weight.range({ symbols: [index], fields: ['con_code'] })
show(`${index}: ${weights.numRows} rows of constituents`)

// %% [markdown]
// ## The events
//
// A stock that is in one publication and was not in the one before.

// %%
const byDate = Map.groupBy(weights.rows(), ({ trade_date }) => trade_date)
const published = [...byDate.keys()].toSorted()
const membersOn = (date: string | undefined) => new Set((byDate.get(date ?? '') ?? []).map(({ con_code }) => con_code))
const events = published.slice(1).flatMap((date, at) => {
  const before = membersOn(published[at])
  return [...membersOn(date)].filter((symbol) => !before.has(symbol)).map((symbol) => ({ date, symbol }))
})
show(events)

// %% [markdown]
// ## Returns around the events, less those of the index

// %%
const [start, end] = [published[0] ?? '2020-01-01', published.at(-1) ?? '2024-12-31']
const { panels } = await db.daily.panel({ start, end, fields: ['close'], adjust: 'hfq', unknownSymbols: 'ignore' })
const level = await db.index_daily.range({ symbols: [index], start, end, fields: ['close'] })
const stock = panels.close.bySymbol((close) => returns(close))
const market = new Map(
  level.columns.trade_date.map((date, at) => [date, returns(level.columns.close)[at] ?? Number.NaN]),
)
const excess = stock.map((gain, date) => gain - (market.get(date) ?? Number.NaN))

const offsets = Array.from({ length: BEFORE + AFTER + 1 }, (_, at) => at - BEFORE)
const paths = events
  .filter(({ symbol }) => excess.symbols.includes(symbol))
  .map(({ date, symbol }) => {
    const at = excess.dates.indexOf(date)
    const series = excess.series(symbol)
    return offsets.map((offset) => series[at + offset] ?? Number.NaN)
  })
const average = offsets.map((_, place) => mean(paths.map((path) => path[place] ?? Number.NaN)))
const known = offsets.flatMap((offset, at) => (Number.isNaN(average[at]) ? [] : [{ offset, gain: average[at] ?? 0 }]))
const path = compound(known.map(({ gain }) => gain))
show(
  chart.scatter(
    { x: known.map(({ offset }) => offset), y: path.map((value) => 100 * (value - 1)) },
    {
      title: 'Mean excess return, cumulated',
      subtitle: `${paths.length} stocks that joined ${index}`,
      xLabel: 'trading days after the change',
      yLabel: '%',
    },
  ),
)
