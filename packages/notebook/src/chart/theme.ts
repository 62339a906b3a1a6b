import type { Config } from 'vega-lite'

export const WIDTH = 760
export const HEIGHT = 320

const INK = '#1f2933'
const MUTED = '#616e7c'
/** Distinguishable for colour-blind people, and in print. */
export const COLOURS = ['#0b6e99', '#d9822b', '#3a7d44', '#8e4585', '#b3261e', '#6b7280', '#c2a300', '#2f4b7c']
/** Rising and falling prices, as Chinese screens show them. */
export const RISING = '#c23531'
export const FALLING = '#2f8f5b'

/** What all charts have in common. */
export const theme: Config = {
  background: 'white',
  padding: 12,
  font: 'Helvetica, Arial, "DejaVu Sans", "Noto Sans CJK SC", sans-serif',
  view: { stroke: null, continuousWidth: WIDTH, continuousHeight: HEIGHT },
  range: { category: COLOURS },
  title: { anchor: 'start', fontSize: 16, color: INK, subtitleColor: MUTED, subtitleFontSize: 12, offset: 12 },
  axis: {
    domainColor: '#9aa5b1',
    gridColor: '#e4e7eb',
    labelColor: MUTED,
    labelFontSize: 11,
    tickColor: '#9aa5b1',
    titleColor: INK,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    titlePadding: 10,
  },
  // Without a canvas Vega overestimates the width of text: with a limit, labels would be cut.
  legend: { labelColor: INK, labelFontSize: 12, labelLimit: 0, title: null, symbolStrokeWidth: 3, orient: 'top' },
}
