// %% [markdown]
// # A value screen, with what was known
//
// On the first trading day after each quarter: the ten cheapest stocks by price to earnings, with a margin of at least 10 %. All
// figures are as known at the close of that day: a report counts from the day after its announcement.

// %%
import { connect } from '@stockdb/client'
import { compound, mean } from '@stockdb/client/series'
import { chart, show } from '@stockdb/notebook'

const db = await connect(process.env.STOCKDB_URL ?? 'http://127.0.0.1:7788', { token: process.env.STOCKDB_TOKEN })
const coverage = (await db.meta.datasets()).find(({ name }) => name === 'daily')?.coverage
const [first, last] = [coverage?.firstDate ?? '2020-01-01', coverage?.lastDate ?? '2024-12-31']
const quarters = ['03-31', '06-30', '09-30', '12-31']
const years = Array.from(
  { length: Number(last.slice(0, 4)) - Number(first.slice(0, 4)) + 1 },
  (_, at) => Number(first.slice(0, 4)) + at,
)
const starts = years
  .flatMap((year) => quarters.map((day) => `${year}-${day}`))
  .filter((date) => date > first && date < last)
const days = await Promise.all(starts.map((date) => db.calendar.next({ date })))

// %%
const screens = await Promise.all(
  days.map((date) =>
    db.screen({
      date,
      where: { 'daily_basic.pe': { gt: 0, lt: 30 }, 'fina_indicator.netprofit_margin': { gte: 10 } },
      fields: ['daily_basic.pe', 'fina_indicator.netprofit_margin', 'fina_indicator.end_date'],
      sort: [{ by: 'daily_basic.pe', order: 'asc' }],
      limit: 10,
    }),
  ),
)
show(screens.at(-1))

// %% [markdown]
// ## What the stocks brought until the next quarter

// %%
const { panels } = await db.daily.panel({ start: first, end: last, fields: ['close'], adjust: 'hfq', fill: 'previous' })
const gainOf = (symbols: readonly string[], from: string, to: string) =>
  mean(symbols.map((symbol) => panels.close.at(to, symbol) / panels.close.at(from, symbol) - 1))
const chosen = Float64Array.from(screens, ({ columns }, at) =>
  gainOf(columns.ts_code, days[at] ?? first, days[at + 1] ?? last),
)
const everything = Float64Array.from(days, (day, at) => gainOf(panels.close.symbols, day, days[at + 1] ?? last))
show(
  chart.lines(
    { dates: days, series: { screen: compound(chosen), 'all stocks': compound(everything) } },
    { title: 'Value of 1 CNY at the end of each quarter' },
  ),
)
show(
  days.map((date, at) => ({
    date,
    stocks: screens[at]?.numRows,
    'mean P/E': mean(screens[at]?.columns['daily_basic.pe'] ?? []),
    'return until the next, %': 100 * (chosen[at] ?? Number.NaN),
  })),
)
