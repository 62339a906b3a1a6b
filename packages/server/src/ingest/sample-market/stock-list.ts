import type { tushare } from '@stockdb/contract'
import type { Company } from './companies.ts'
import { SECTORS } from './industries.ts'
import type { Market } from './market.ts'
import { namesOf } from './names.ts'
import { RandomStream } from './random.ts'
import type { RowOf } from './table.ts'

const AREAS = ['北京', '上海', '深圳', '江苏', '浙江', '广东', '山东', '四川', '湖北', '安徽', '福建', '贵州'] as const
const CONTROLLERS = ['民营企业', '地方国企', '中央国企'] as const

/** A company's row of `stock_basic`. */
export function stockBasicRow(company: Company, market: Market): RowOf<typeof tushare.stock_basic> {
  const random = new RandomStream(market.seed, `identity/${company.number}`)
  const count = String(company.number).padStart(2, '0')
  const connected = company.status === 'L' && random.chance(0.7)
  return {
    ts_code: company.code,
    symbol: company.code.slice(0, 6),
    name: namesOf(company, market).at(-1)?.name ?? null,
    area: random.pick(AREAS),
    industry: (SECTORS[company.sector] ?? SECTORS[0]).industry,
    fullname: `Synthetic Company ${count} Co., Ltd. (not a real company)`,
    enname: `Synthetic Company ${count} Co., Ltd.`,
    // Of 合成, synthetic.
    cnspell: `hc${count}`,
    market: '主板',
    exchange: company.exchange,
    curr_type: 'CNY',
    list_status: company.status,
    list_date: company.listDate,
    delist_date: company.delistDate,
    is_hs: connected ? (company.exchange === 'SSE' ? 'H' : 'S') : 'N',
    act_name: `Synthetic Holding ${count}`,
    act_ent_type: random.pick(CONTROLLERS),
  }
}
