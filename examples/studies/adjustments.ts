// The same bars three ways around an ex-date: as stored, adjusted forward (qfq), adjusted backward (hfq).
//
//   npx tsx examples/studies/adjustments.ts [http://127.0.0.1:7788]
import { connectToServer, giveUp } from '../lib/connection.ts'
import { largestExDate } from '../lib/ex-date.ts'
import { tradedStocks } from '../lib/stocks.ts'
import { fixed, formatTable, percent } from '../lib/table.ts'

const db = await connectToServer()

const stocks = await tradedStocks(db)
const LOOKED_AT = 200
const symbols = stocks.slice(0, LOOKED_AT).map(({ code }) => code)
const ex = await largestExDate(db, symbols)
if (!ex)
  giveUp(
    `None of the first ${symbols.length} of ${stocks.length} stocks has a split or a dividend: "stockdb import --dataset adj_factor" loads factors.`,
  )

const name = stocks.find(({ code }) => code === ex.code)?.name ?? ex.code
const range = {
  symbols: [ex.code],
  start: ex.dates[0],
  end: ex.dates.at(-1),
  fields: ['close', 'pre_close', 'pct_chg'],
} as const
// Three calls at once; without `anchor` qfq divides by the factor of the answer's last date, which meta reports.
const [none, qfq, hfq] = await Promise.all([
  db.daily.range({ ...range, adjust: 'none' }),
  db.daily.range({ ...range, adjust: 'qfq' }),
  db.daily.range({ ...range, adjust: 'hfq' }),
])

console.log(
  `${ex.code} ${name}: ex-date ${ex.date}, the factor goes from ${fixed(ex.before, 4)} to ${fixed(ex.after, 4)}\n`,
)
console.log(
  formatTable(
    ['adjust', 'rule', 'anchor'],
    [none, qfq, hfq].map(({ meta }) => [meta.adjust ?? '', meta.rule ?? '', meta.anchor ?? '–']),
  ),
)

/** Close-to-close return of each bar, as a ratio; the first has none. */
const returns = (close: Float64Array): Float64Array =>
  close.map((value, row) => value / (close[row - 1] ?? Number.NaN) - 1)
const frames = [none, qfq, hfq]
const changes = frames.map(({ columns }) => returns(columns.close))

console.log('\nclose, and its return from one bar to the next')
console.log(
  formatTable(
    ['trade_date', '', 'none', 'qfq', 'hfq', 'return none', 'qfq', 'hfq', 'pct_chg'],
    none.columns.trade_date.map((date, row) => [
      date,
      date === ex.date ? 'ex' : '',
      ...frames.map(({ columns }) => fixed(columns.close[row], 2)),
      ...changes.map((change) => percent(change[row], 2)),
      percent((none.columns.pct_chg[row] ?? Number.NaN) / 100, 2),
    ]),
  ),
)
const at = none.columns.trade_date.indexOf(ex.date)
console.log(`
On the ex-date the stored price falls by the dividend or split, so the unadjusted return of
${percent(changes[0]?.[at], 2)} is not what shareholders earned; the adjusted returns are. qfq and hfq agree on
returns, because their prices differ by a constant, the factor at the anchor, which cancels in
every ratio. Tushare's pct_chg is right as stored, because the pre_close of that day, ${fixed(none.columns.pre_close[at], 2)},
is the exchange's ex-right price and not the last close.`)

// The anchor moves every qfq price, past ones too: a level such as "below 10 CNY" changes meaning with each dividend.
// Returns are safe; rules on price levels need an anchor on or before the day of the decision.
const eve = none.columns.trade_date[at - 1] ?? ex.date
const anchors = [eve, ex.date]
const answers = await Promise.all(anchors.map((anchor) => db.daily.range({ ...range, adjust: 'qfq', anchor })))
console.log('\nqfq with the anchor before and on the ex-date: other prices, the same return')
console.log(
  formatTable(
    ['anchor', `close ${eve}`, `close ${ex.date}`, 'return'],
    answers.map(({ columns: { close }, meta }) => [
      meta.anchor ?? '',
      fixed(close[at - 1], 4),
      fixed(close[at], 4),
      percent(returns(close)[at], 2),
    ]),
  ),
)

// Over years the difference is large.
const whole = await Promise.all(
  (['none', 'qfq', 'hfq'] as const).map((adjust) => db.daily.range({ symbols: [ex.code], fields: ['close'], adjust })),
)
console.log('\nfrom the first bar to the last')
console.log(
  formatTable(
    ['adjust', 'first close', 'last close', 'return'],
    whole.map(({ columns: { close }, meta }) => {
      const [first, last] = [close[0] ?? Number.NaN, close.at(-1) ?? Number.NaN]
      return [meta.adjust ?? '', fixed(first, 2), fixed(last, 2), percent(last / first - 1)]
    }),
  ),
)
