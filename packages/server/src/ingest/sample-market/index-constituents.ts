import type { tushare } from '@stockdb/contract'
import type { Company } from './companies.ts'
import { FIRST_LEVEL, INDEX_CODE } from './index-level.ts'
import type { Market } from './market.ts'
import { round } from './round.ts'
import type { RowOf } from './table.ts'

/** The row of `index_basic` of the one index. */
export function indexBasicRow({ sessions }: Market): RowOf<typeof tushare.index_basic> {
  return {
    ts_code: INDEX_CODE,
    name: 'Synthetic Index',
    fullname: 'Synthetic Index of All Companies (not a real index)',
    market: 'OTH',
    publisher: 'Synthetic',
    index_type: null,
    category: '综合指数',
    base_date: sessions[0] ?? null,
    base_point: FIRST_LEVEL,
    list_date: sessions[0] ?? null,
    weight_rule: 'equal weights',
    desc: 'All companies of the sample market that are listed, with equal weights',
    exp_date: null,
  }
}

/** The rows of `index_weight`: the companies listed then, on the first session of each month. */
export function* indexWeights(
  companies: readonly Company[],
  { sessions }: Market,
): Generator<RowOf<typeof tushare.index_weight>> {
  for (const [session, date] of sessions.entries()) {
    if (sessions[session - 1]?.slice(0, 7) === date.slice(0, 7)) continue
    const listed = companies.filter(({ first, last }) => first <= session && session <= last)
    for (const { code } of listed) {
      yield { index_code: INDEX_CODE, con_code: code, trade_date: date, weight: round(100 / listed.length, 4) }
    }
  }
}
