import type { Catalogue } from '@stockdb/contract'
import type { PlanExplanation } from '@stockdb/contract/wire'
import type { Principal } from '../access/principal.ts'
import type { Bounds } from '../bounds/settings.ts'
import type { AdHoc } from '../engine/ad-hoc.ts'
import type { Engine } from '../engine/engine.ts'
import type { TableGuard } from '../engine/table-guard.ts'
import type { Listings } from '../execute/listings.ts'
import type { Sessions } from '../execute/sessions.ts'
import type { Suspensions } from '../execute/suspensions.ts'
import type { Planner } from '../plan/planner.ts'
import type { QueryCache } from '../plan/prepared-query.ts'
import type { SqlParser } from '../sql/sql-parser.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'

/** What every procedure of one server shares. */
export interface Services {
  readonly engine: Engine
  readonly bounds: Bounds
  readonly catalogue: Catalogue
  readonly tables: TableGuard
  readonly cache: QueryCache
  readonly planner: Planner
  readonly sessions: Sessions
  readonly listings: Listings
  readonly suspensions: Suspensions
  readonly telemetry: Telemetry
  /** Where heap snapshots are written. */
  readonly snapshotFolder: string
  readonly adHoc: AdHoc
  readonly sqlParser: SqlParser
  readonly version: string
  /** On the wall's clock, for people. */
  readonly startedAt: number
  /** The same on the clock of `performance.now()`, which nobody sets. */
  readonly upSinceMs: number
}

/** What one call brings along. */
export interface CallContext {
  readonly requestId: string
  /** Who calls, and what they may do. */
  readonly caller: Principal
  /** Fires with a `StockdbError` when the caller goes away or the server stops. */
  readonly signal: AbortSignal
  /** How frames go out: as JSON in tRPC's envelope, or handed to the HTTP layer, which streams them as Arrow. */
  readonly format: 'json' | 'arrow'
  /** Counts what the call answered with, for the log. */
  readonly tally: { rows: number }
  /** Whether the caller asked how the answer was made. */
  readonly explains: boolean
  /** Told of every plan that the call executes, for the slow log. */
  readonly plans: ((options: { readonly values: boolean }) => PlanExplanation)[]
  /**
   * Must be awaited before work that reads much: waits for one of the few places for heavy calls, and gives what lets go of it again;
   * for a frame that streams, the end of the call does. Throws `OVERLOADED` when the server is short of memory or places.
   */
  heavy(): Promise<() => void>
  /** Counts bytes that the call holds until it ends. */
  hold(bytes: number): void
}
