// The constituents of an index over time, as published, and the effect of look-ahead: the stocks that were in the
// index at the beginning of each year, compared with those in it at the end of the data.
//
//   npx tsx examples/studies/constituents.ts [http://127.0.0.1:7788] [000300.SH]
import { connectToServer, giveUp } from '../lib/connection.ts'
import { equalWeightReturn, shortfall } from '../lib/holding.ts'
import { formatTable, percent } from '../lib/table.ts'

const db = await connectToServer()
const weights = (await db.meta.datasets()).find(({ name }) => name === 'index_weight')?.coverage
const { firstDate, lastDate } = weights ?? {}
if (!firstDate || !lastDate) giveUp('The server has no index_weight yet: "stockdb demo" fills it with a sample.')
const [published] = (await db.index_weight.at({ date: lastDate, fields: [] })).columns.index_code
const index = process.argv[3] ?? published ?? ''

/** The constituents last published on or before a date. */
const membersOn = async (date: string): Promise<readonly string[]> =>
  (await db.index_weight.asOf({ date, symbols: [index], fields: ['con_code'] })).columns.con_code

const today = await membersOn(lastDate)
if (today.length === 0) giveUp(`index_weight has no constituents of ${index}; it has ${published}.`)
const years = Array.from(
  { length: Number(lastDate.slice(0, 4)) - Number(firstDate.slice(0, 4)) + 1 },
  (_, at) => Number(firstDate.slice(0, 4)) + at,
)
const rows: (string | number)[][] = []
const holdings: { asked: number; priced: number }[] = []
let before: readonly string[] = []
for (const year of years) {
  const start = await db.calendar.next({ date: `${year}-01-01` })
  const end = year === years.at(-1) ? lastDate : await db.calendar.previous({ date: `${year + 1}-01-01` })
  const members = await membersOn(start)
  const known = new Set(before)
  const then = await equalWeightReturn(db, members, start, end)
  const now = await equalWeightReturn(db, today, start, end)
  rows.push([
    year,
    members.length,
    before.length === 0 ? '–' : members.filter((code) => !known.has(code)).length,
    members.filter((code) => !today.includes(code)).length,
    `${then.priced} and ${now.priced}`,
    percent(then.gain),
    percent(now.gain),
    percent(now.gain - then.gain),
  ])
  holdings.push({ asked: members.length, priced: then.priced }, { asked: today.length, priced: now.priced })
  before = members
}
console.log(`${index}: ${today.length} constituents on ${lastDate}\n`)
console.log(
  formatTable(
    ['year', 'members', 'new', 'gone since', 'with bars', 'members of then', 'members of today', 'look-ahead'],
    rows,
  ),
)
console.log(
  '\nFrom the first close of the year to the last, equally weighted. Using the members of today means knowing who would stay.',
)
const note = shortfall(holdings)
if (note) console.log(note)
