// A value screen with point-in-time financials: after each quarter the cheapest stocks with a good margin, and how many of
// the reports that a join by period alone would have used were not yet published.
//
//   npx tsx examples/studies/value-screen.ts [http://127.0.0.1:7788]
import { connectToServer, giveUp } from '../lib/connection.ts'
import { equalWeightReturn, mean, shortfall } from '../lib/holding.ts'
import { fixed, formatTable, percent } from '../lib/table.ts'

const QUARTER_ENDS = ['03-31', '06-30', '09-30', '12-31']
const HELD = 10

const db = await connectToServer()
const covered = (await db.meta.datasets()).find(({ name }) => name === 'daily')?.coverage
const { firstDate, lastDate } = covered ?? {}
if (!firstDate || !lastDate) giveUp('The server has no daily bars yet: "stockdb demo" fills it with a sample.')

const years = Array.from({ length: Number(lastDate.slice(0, 4)) - Number(firstDate.slice(0, 4)) + 1 }, (_, at) =>
  String(Number(firstDate.slice(0, 4)) + at),
)
const ends = years.flatMap((year) => QUARTER_ENDS.map((day) => `${year}-${day}`))
const dates: string[] = []
for (const day of ends) if (day >= firstDate && day < lastDate) dates.push(await db.calendar.next({ date: day }))

const rows: (string | number)[][] = []
const holdings: { asked: number; priced: number }[] = []
for (const [at, date] of dates.entries()) {
  // Everything as known at the close of that day: its valuations, and the last report announced before it.
  const chosen = await db.screen({
    date,
    where: { 'daily_basic.pe': { gt: 0, lt: 30 }, 'fina_indicator.netprofit_margin': { gte: 10 } },
    fields: ['daily_basic.pe', 'fina_indicator.netprofit_margin', 'fina_indicator.end_date'],
    sort: [{ by: 'daily_basic.pe', order: 'asc' }],
    limit: HELD,
  })
  const symbols = chosen.columns.ts_code
  // A join by period alone uses unpublished reports: of periods that ended by the date, announced on it or later.
  const periods = await db.fina_indicator.latest({ end: date, fields: ['ann_date'] })
  const unseen = periods.columns.ann_date.filter((announced) => announced === null || announced >= date).length
  const { gain, priced } = await equalWeightReturn(db, symbols, date, dates[at + 1] ?? lastDate)
  holdings.push({ asked: symbols.length, priced })
  rows.push([
    date,
    symbols.length,
    fixed(mean(chosen.columns['daily_basic.pe']), 1),
    fixed(mean(chosen.columns['fina_indicator.netprofit_margin']), 1),
    chosen.columns['fina_indicator.end_date'].reduce<string>((last, day) => (day && day > last ? day : last), ''),
    `${unseen} of ${periods.numRows}`,
    percent(gain),
  ])
}
console.log(
  formatTable(
    ['screened on', 'stocks', 'mean pe', 'mean margin (%)', 'newest report', 'not yet out', 'return until next'],
    rows,
  ),
)
console.log('\nClose to close, equally weighted, without costs. A report counts from the day after its announcement.')
const note = shortfall(holdings)
if (note) console.log(note)
