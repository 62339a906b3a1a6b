import type { Catalogue } from '@stockdb/contract'
import type { PlanExplanation } from '@stockdb/contract/wire'
import type { Principal } from '../access/principal.ts'
import type { Bounds } from '../bounds/settings.ts'
import type { AnswerCache } from '../cache/answer-cache.ts'
import type { AdHoc } from '../engine/ad-hoc.ts'
import type { Engine } from '../engine/engine.ts'
import type { TableGuard } from '../engine/table-guard.ts'
import type { Listings } from '../execute/listings.ts'
import type { Suspensions } from '../execute/suspensions.ts'
import type { TradingCalendar } from '../execute/trading-calendar.ts'
import type { Planner } from '../plan/planner.ts'
import type { QueryCache } from '../plan/prepared-query.ts'
import type { SqlParser } from '../sql/sql-parser.ts'
import type { AllWorkers } from '../telemetry/all-workers.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { ChangeFeed } from '../write/change-feed.ts'
import type { FactorPlace } from '../write/factors/define-factor.ts'
import type { FactorStore } from '../write/factors/factor-store.ts'
import type { Writer } from '../write/writer.ts'

/** What every procedure of one server shares. */
export interface Services {
  readonly engine: Engine
  readonly bounds: Bounds
  /** All that is served: the datasets of the server, and factors. */
  readonly catalogue: Catalogue
  /** The datasets of the server alone. */
  readonly base: Catalogue
  readonly tables: TableGuard
  readonly cache: QueryCache
  readonly planner: Planner
  readonly calendar: TradingCalendar
  readonly listings: Listings
  readonly suspensions: Suspensions
  /** Answers in memory. */
  readonly answers: AnswerCache
  readonly telemetry: Telemetry
  /** All workers of the server, for reports on it. */
  readonly workers: AllWorkers
  readonly writer: Writer
  readonly factors: FactorStore
  /** Where their tables are made. */
  readonly factorPlace: FactorPlace
  readonly changes: ChangeFeed
  /** Where heap snapshots are written. */
  readonly snapshotFolder: string
  readonly adHoc: AdHoc
  readonly sqlParser: SqlParser
  readonly version: string
  /** Wall-clock time, for people. */
  readonly startedAt: number
  /** The same in `performance.now()` time, which is monotonic. */
  readonly upSinceMs: number
}

/** The services as they are now: replaced as a whole when a factor is defined or dropped. A call takes them once. */
export interface Live {
  readonly services: Services
}

/** What a write came to, for the log. */
type WriteCounts = Readonly<Record<string, number>>

/** The context of one call. */
export interface CallContext {
  readonly requestId: string
  /** Who calls, and what they may do. */
  readonly caller: Principal
  /** Fires with a `StockdbError` when the caller leaves or the server stops. */
  readonly signal: AbortSignal
  /** How frames are sent: as JSON in tRPC's envelope, or through the HTTP layer, which streams them as Arrow. */
  readonly format: 'json' | 'arrow'
  /** Counts what the call answers with, for the log. */
  readonly counts: { rows: number; written?: WriteCounts }
  /** The key under which a write takes effect once, as the caller sent it. */
  readonly idempotencyKey: string | undefined
  /** Whether the request has several calls. */
  readonly batched: boolean
  /** Whether the caller asked how the answer was made. */
  readonly explains: boolean
  /** Called with every plan that the call executes, for the slow log. */
  readonly plans: ((options: { readonly values: boolean }) => PlanExplanation)[]
  /** Must be called with the rows that the answer is estimated to read, before they are read. Throws if the call must be sent alone. */
  expects(rows: number): void
  /**
   * Must be awaited before work that reads much. Waits for one of the few places for heavy calls and returns a function
   * that releases it; a streamed frame keeps it until the call ends. Throws `OVERLOADED` if the server is short of
   * memory or places.
   */
  heavy(): Promise<() => void>
  /** Counts bytes that the call holds until it ends. */
  hold(bytes: number): void
}
