import type { Engine } from '../engine/engine.ts'
import type { TableGuard } from '../engine/table-guard.ts'
import type { QueryCache } from '../plan/prepared-query.ts'
import type { Listings } from './listings.ts'
import type { Suspensions } from './suspensions.ts'
import type { TradingCalendar } from './trading-calendar.ts'

/** Where answers come from. */
export interface Sources {
  readonly engine: Engine
  readonly cache: QueryCache
  readonly tables: Pick<TableGuard, 'problem'>
  readonly calendar: Pick<TradingCalendar, 'ifKnown' | 'need' | 'upToDate'>
  readonly listings: Pick<Listings, 'ifKnown'>
  readonly suspensions: Pick<Suspensions, 'ifKnown'>
}
