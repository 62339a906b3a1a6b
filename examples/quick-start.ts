// Connect, see what the server has, and read data in four forms: rows, columns, a panel, a stream.
//
//   npx tsx examples/quick-start.ts [http://127.0.0.1:7788]
import { connectToServer } from './lib/connection.ts'
import { tradedStocks } from './lib/stocks.ts'
import { fixed, formatTable, percent } from './lib/table.ts'

const db = await connectToServer()

const { version, engine } = await db.meta.info()
console.log(`stockdb ${version} on ${engine.version}\n`)

// What the server has. A missing or mismatched table has no coverage and says why.
const datasets = await db.meta.datasets()
console.log(
  formatTable(
    ['dataset', 'rows', 'symbols', 'first', 'last'],
    datasets.map(({ name, coverage }) => [
      name,
      coverage?.rows.toLocaleString('en') ?? 'none',
      coverage?.symbols ?? '',
      coverage?.firstDate ?? '',
      coverage?.lastDate ?? '',
    ]),
  ),
)

// Symbols come from the server, so that this runs on any data.
const stocks = await tradedStocks(db)
const [stock] = stocks
const few = stocks.slice(0, 5).map(({ code }) => code)

// One range. `fields` narrows the answer and its type: `bars.columns.open` would not compile here. Both ends are inclusive.
const start = await db.calendar.offset({ date: stock.lastBar, n: -9 })
const bars = await db.daily.range({
  symbols: [stock.code],
  start,
  fields: ['close', 'pct_chg', 'vol', 'amount'],
  adjust: 'qfq',
})

console.log(
  `\n${stock.code} ${stock.name}, ${bars.meta.rule}, anchor ${bars.meta.anchor}: the last ${bars.numRows} bars as rows`,
)
console.log(
  formatTable(
    ['trade_date', 'close', 'pct_chg', 'vol (lots)', 'amount (1,000 CNY)'],
    // `rows()` is for small answers and display: one object per row.
    bars
      .rows()
      .map((bar) => [
        bar.trade_date,
        fixed(bar.close, 2),
        fixed(bar.pct_chg, 2),
        fixed(bar.vol, 0),
        fixed(bar.amount, 0),
      ]),
  ),
)

// Columns are for arithmetic: `Float64Array`s as received, NaN for NULL.
const { vol, amount } = bars.columns
const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0)
// Thousands of CNY divided by lots of 100 shares: Tushare's units, unchanged.
console.log(`volume-weighted average price, unadjusted: ${fixed((sum(amount) * 1000) / (sum(vol) * 100), 2)} CNY`)

// A panel: one field as dates × symbols, NaN where a stock has no bar that day (suspended, or not listed).
const frame = await db.daily.range({ symbols: few, start, end: stock.lastBar, fields: ['close'], adjust: 'qfq' })
const close = frame.pivot('close')
console.log(`\nclose of ${close.symbols.length} stocks as a panel of ${close.dates.length} dates`)
console.log(
  formatTable(
    ['trade_date', ...close.symbols],
    close.dates.map((date) => [date, ...close.symbols.map((code) => fixed(close.at(date, code), 2))]),
  ),
)

// A stream: all rows, batch by batch, in bounded memory. Leaving the loop ends the query in the database;
// a truncated answer throws, so a loop that ends normally has seen all rows.
let [rows, changes, advances] = [0, 0, 0]
for await (const batch of db.daily.stream({ fields: ['pct_chg'] })) {
  rows += batch.numRows
  for (const change of batch.columns.pct_chg) {
    if (!Number.isNaN(change)) changes += 1
    if (change > 0) advances += 1
  }
}
const without = rows - changes
console.log(
  `\nstreamed ${rows.toLocaleString('en')} bars: ${percent(advances / changes)} of them closed higher` +
    `${without > 0 ? `; ${without} have no pct_chg` : ''}`,
)
