import { parse, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import { COST, type MomentumStudy } from './momentum-study.ts'
import { drawdowns } from './performance.ts'

const SYNTHETIC = '.SYN'
const [WIDTH, UPPER_HEIGHT, LOWER_HEIGHT] = [820, 320, 120]
const INK = '#1f2933'
const MUTED = '#616e7c'
const COLOURS = ['#0b6e99', '#d9822b']

/** Charts the value of 1 CNY in the strategy and in the index, and below it their drawdowns. */
export async function momentumChart(study: MomentumStudy): Promise<string> {
  const view = new View(parse(compile(specification(study)).spec), { renderer: 'none' })
  try {
    return await view.toSVG()
  } finally {
    view.finalize()
  }
}

function specification({ prices, strategy, holdings, index }: MomentumStudy): TopLevelSpec {
  const series = [
    { name: `Momentum, best ${holdings}`, value: strategy.value },
    ...(index ? [{ name: `Index ${index.code}`, value: index.value }] : []),
  ]
  const values = series.flatMap(({ name, value }) => {
    const below = drawdowns(value)
    return strategy.dates.map((date, t) => ({ date, series: name, value: value[t], drawdown: below[t] }))
  })
  const colour = {
    field: 'series',
    type: 'nominal',
    scale: { domain: series.map(({ name }) => name), range: COLOURS },
    // Without a canvas Vega overestimates the width of text: with a limit, labels would be cut.
    legend: {
      orient: 'top-left',
      title: null,
      symbolType: 'stroke',
      symbolStrokeWidth: 3,
      symbolSize: 400,
      labelFontSize: 13,
      labelLimit: 0,
      offset: 8,
    },
  } as const
  // UTC on both sides: west of Greenwich a date would become the evening before.
  const date = { field: 'date', type: 'temporal', scale: { type: 'utc' } } as const
  const months = {
    format: '%b %Y',
    tickCount: { interval: 'month', step: strategy.dates.length > 500 ? 6 : 1 },
  } as const
  const synthetic = prices.stocks.every(({ code }) => code.endsWith(SYNTHETIC))
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    padding: 20,
    title: {
      text: "Six months' momentum against the index",
      // Lines are short because a line estimated to be wider than the chart widens the picture.
      subtitle: [
        `The best ${holdings} of ${prices.stocks.length} stocks, equally weighted, rebalanced monthly`,
        `Ranked by the six months up to a month ago; costs of ${COST * 100} % of the value traded`,
        ...(synthetic ? ['SYNTHETIC DATA: this market says nothing about real securities'] : []),
      ],
      anchor: 'start',
      fontSize: 20,
      subtitleFontSize: 13,
      subtitleLineHeight: 18,
      subtitlePadding: 6,
      offset: 16,
      color: INK,
      subtitleColor: MUTED,
    },
    data: { values },
    spacing: 18,
    resolve: { scale: { color: 'independent' } },
    vconcat: [
      {
        width: WIDTH,
        height: UPPER_HEIGHT,
        mark: { type: 'line', strokeWidth: 1.8, strokeJoin: 'round' },
        encoding: {
          x: { ...date, axis: { ...months, title: null, labels: false, ticks: false } },
          y: {
            field: 'value',
            type: 'quantitative',
            // On a logarithmic axis equal heights are equal returns.
            scale: { type: 'log', nice: false, padding: 12 },
            axis: {
              title: 'Value of 1 CNY (log scale)',
              format: '.2f',
              values: ticks(values.map(({ value }) => value ?? 1)),
            },
          },
          color: colour,
        },
      },
      {
        width: WIDTH,
        height: LOWER_HEIGHT,
        mark: { type: 'area', line: { strokeWidth: 1.2 }, fillOpacity: 0.12 },
        encoding: {
          x: { ...date, axis: { ...months, title: 'Date' } },
          y: {
            field: 'drawdown',
            type: 'quantitative',
            stack: null,
            axis: { title: 'Below last high', format: '.0%', tickCount: 4 },
          },
          color: { ...colour, legend: null },
        },
      },
    ],
    config: {
      font: 'Helvetica, Arial, "DejaVu Sans", sans-serif',
      view: { stroke: null },
      axis: {
        domainColor: '#9aa5b1',
        gridColor: '#e4e7eb',
        labelColor: MUTED,
        labelFontSize: 12,
        tickColor: '#9aa5b1',
        titleColor: INK,
        titleFontSize: 13,
        titleFontWeight: 'normal',
        titlePadding: 12,
      },
      legend: { labelColor: INK },
    },
  }
}

/** Round values for the axis, about ten of them, a tenth, a fifth or a half apart. */
function ticks(values: readonly number[]): number[] {
  let [low, high] = [1, 1]
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)]
  const step = [0.1, 0.2, 0.5].find((each) => (high - low) / each <= 10) ?? 1
  const first = Math.ceil(low / step)
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, count) => (first + count) * step)
}
