import type { tushare } from '@stockdb/contract'
import { dateOf, daysOf } from '@stockdb/contract/internal'
import type { Company } from './companies.ts'
import type { Market } from './market.ts'
import { RandomStream } from './random.ts'
import { isWeak } from './statements.ts'
import type { RowOf } from './table.ts'

type NameRow = RowOf<typeof tushare.namechange>

/** For how many sessions a company has a name with ST: before a delisting, and after a bad year. */
const [BEFORE_DELISTING, AFTER_A_BAD_YEAR] = [120, 240]

const bare = (company: Company): string => `Synthetic ${String(company.number).padStart(2, '0')}`

/** The first session with an ST name and the first one without it again; a company may never have one. */
function specialTreatment(
  company: Company,
  { seed }: Market,
): { from: number; to: number; prefix: string } | undefined {
  const { first, last, status } = company
  if (status === 'D') return { from: Math.max(first + 1, last - BEFORE_DELISTING), to: Infinity, prefix: '*ST' }
  if (!isWeak(company) || last - first < AFTER_A_BAD_YEAR + 2) return undefined
  const from = new RandomStream(seed, `names/${company.number}`).whole(first + 1, last - AFTER_A_BAD_YEAR - 1)
  return { from, to: from + AFTER_A_BAD_YEAR, prefix: 'ST' }
}

/** The rows of `namechange` of one company: its names one after another, without gaps, until its delisting if any. */
export function namesOf(company: Company, market: Market): NameRow[] {
  const { sessions } = market
  const row = (start: string, name: string, reason: string): NameRow => ({
    ts_code: company.code,
    name,
    start_date: start,
    end_date: null,
    ann_date: start,
    change_reason: reason,
  })
  const rows = [row(company.listDate, bare(company), '其他')]
  const special = specialTreatment(company, market)
  const [from, to] = [sessions[special?.from ?? -1], sessions[special?.to ?? -1]]
  if (special && from !== undefined) rows.push(row(from, `${special.prefix} ${bare(company)}`, special.prefix))
  if (special && to !== undefined) rows.push(row(to, bare(company), '撤销ST'))
  return rows.map((one, at) => {
    const next = rows[at + 1]
    const session = sessions.indexOf(one.start_date)
    return {
      ...one,
      // A change is announced on the session before.
      ann_date: at === 0 ? one.start_date : (sessions[session - 1] ?? one.start_date),
      end_date: next ? dateOf(daysOf(next.start_date) - 1) : company.delistDate,
    }
  })
}
