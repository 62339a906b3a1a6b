import type { tushare } from '@stockdb/contract'
import type { Company } from './companies.ts'
import type { Market } from './market.ts'
import { isSuspended } from './suspensions.ts'
import type { RowOf } from './table.ts'

/**
 * The rows of `suspend_d` of one company: one for each session without trading, and one for the session when it
 * resumes.
 */
export function* suspensionRows(company: Company, { sessions }: Market): Generator<RowOf<typeof tushare.suspend_d>> {
  let before = false
  for (let session = company.first; session <= company.last; session++) {
    const suspended = isSuspended(company.suspended, session)
    if (suspended || before) {
      yield {
        ts_code: company.code,
        trade_date: sessions[session] ?? '',
        suspend_timing: null,
        suspend_type: suspended ? 'S' : 'R',
      }
    }
    before = suspended
  }
}
