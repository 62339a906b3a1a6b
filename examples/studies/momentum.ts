// Momentum over a panel: rank all stocks by six-month return, hold the best ten, rebalance monthly.
//
//   npx tsx examples/studies/momentum.ts [http://127.0.0.1:7788]
import { connectToServer } from '../lib/connection.ts'
import { COST, momentumStudy } from '../lib/momentum-study.ts'
import { performanceTable } from '../lib/performance-table.ts'
import { formatTable, percent } from '../lib/table.ts'

const db = await connectToServer()
const study = await momentumStudy(db)
const { prices, rankings, holdings, strategy } = study

const ranked = rankings.map(({ order }) => order.length)
console.log(
  `${prices.stocks.length} stocks, ${prices.sessions.length} sessions from ${prices.sessions[0]} to ${prices.sessions.at(-1)}, ` +
    `${rankings.length} rankings of ${Math.min(...ranked)} to ${Math.max(...ranked)} stocks, ${holdings} held, equally weighted\n`,
)
console.log(performanceTable(study))
console.log(
  `after costs of ${percent(COST, 2)} of the value traded, which is ${strategy.turnover.toFixed(1)} times the portfolio a year`,
)

// The last ranking was made after a close, so it is for the next session.
const last = rankings.at(-1) ?? rankings[0]
const formed = prices.sessions[last.formed] ?? ''
console.log(`\nranked after the close of ${formed}, held from the next open on`)
console.log(
  formatTable(
    ['', 'ts_code', 'name', 'industry', 'momentum'],
    last.order.slice(0, holdings).map(({ stock, momentum }, rank) => {
      const { code, name, industry } = prices.stocks[stock] ?? { code: '', name: '', industry: '' }
      return [rank + 1, code, name, industry, percent(momentum)]
    }),
  ),
)
