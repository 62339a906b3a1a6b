import type { MomentumStudy } from './momentum-study.ts'
import { performance, yearlyReturn, years } from './performance.ts'
import { formatTable, percent } from './table.ts'

/** Strategy and index year by year and in total; the total return is annualised. */
export function performanceTable({ strategy, index }: MomentumStudy): string {
  const columns = [
    { name: 'momentum', value: strategy.value },
    ...(index ? [{ name: index.code, value: index.value }] : []),
  ]
  const span = (from: number, to: number) =>
    columns.flatMap(({ value }) => {
      const { return: gain, volatility, drawdown } = performance(value.subarray(from, to))
      return [percent(gain), percent(volatility), percent(drawdown)]
    })
  const all = span(0, strategy.value.length)
  const yearly = columns.map(({ value }) => yearlyReturn(value))
  yearly.forEach((gain, column) => {
    if (gain !== undefined) all[column * 3] = percent(gain)
  })
  const [firstDate = ''] = strategy.dates
  return formatTable(
    ['year', ...columns.flatMap(({ name }) => [name, 'volatility', 'drawdown'])],
    [
      ...years(strategy.dates).map(({ year, from, to }) => [
        firstDate.startsWith(year) ? `${year}*` : year,
        ...span(from, to),
      ]),
      [yearly[0] === undefined ? 'in all' : 'per year', ...all],
    ],
  ).concat(`\n* from the close of ${firstDate}`)
}
