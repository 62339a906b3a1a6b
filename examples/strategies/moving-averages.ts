// Two moving averages on minute bars: hold the stock while the average of an hour is above that of four.
import { connect } from '@stockdb/client'
import * as series from '@stockdb/client/series'

const db = await connect()
const bars = await db.stk_mins.range({ symbols: [process.argv[2] ?? '002003.SYN'], freq: '5min', fields: ['close'] })
const { close } = bars.columns
const [fast, slow] = [series.rollingMean(close, 12), series.rollingMean(close, 48)]
const held = fast.map((value, bar) => (value > Number(slow[bar]) ? 1 : 0))
const before = series.shift(held)
const gains = series.returns(close).map((gain, bar) => gain * Number(before[bar]))
const value = series.compound(gains)

console.log(`${bars.numRows} bars, ${held.filter((each, bar) => each > Number(before[bar])).length} purchases`)
console.log(`result: ${((Number(value.at(-1)) - 1) * 100).toFixed(3)} %`)
console.log(`deepest drawdown: ${(series.maxDrawdown(value) * 100).toFixed(3)} %`)
