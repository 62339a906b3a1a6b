import type { Catalogue, Dataset } from '@stockdb/contract'
import { rolesOf } from '@stockdb/contract/internal'
import type { Reader } from './facts.ts'
import type { CoverageStep, Span } from './step.ts'

/** Plans the coverage count, by the trading days, listings and suspensions that the reader may read. */
export function planCoverage(
  catalogue: Catalogue,
  dataset: Dataset,
  span: Span,
  reader: Reader,
  leavesOut: boolean,
): CoverageStep {
  const { symbol, date, calendar, listing } = dataset
  const { calendar: days, suspensions: suspended } = rolesOf(catalogue)
  const mayCount = !days || reader.mayRead(days.dataset.name)
  const suspensions = suspended?.dataset.name
  const byDays = span.of !== 'symbols'
  return {
    ...{ step: 'coverage', span, leavesOut },
    ...(symbol === undefined ? {} : { symbol }),
    ...(date === undefined ? {} : { date }),
    ...(byDays && calendar !== undefined && mayCount ? { exchange: calendar } : {}),
    ...(listing && reader.mayRead(listing.dataset) ? { listing } : {}),
    ...(byDays && suspensions !== undefined && reader.mayRead(suspensions) ? { suspensions } : {}),
  }
}
