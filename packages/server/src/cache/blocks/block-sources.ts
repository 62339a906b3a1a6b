import type { Engine } from '../../engine/engine.ts'
import type { TableGuard } from '../../engine/table-guard.ts'
import type { QueryCache } from '../../plan/prepared-query.ts'
import type { QueryPlan } from '../../plan/query-plan.ts'
import type { KnownWrites } from '../known-writes.ts'
import type { BlockStore } from './block-store.ts'

/** A call as blocks see it. */
export interface PlannedCall {
  readonly plan: QueryPlan
  /** Of the catalogue that it was planned by. */
  readonly queries: QueryCache
}

/** What blocks are made from. */
export interface BlockSources {
  readonly engine: Pick<Engine, 'read' | 'snapshot' | 'keepsTransactions'>
  readonly tables: Pick<TableGuard, 'shapeOf' | 'singlesOf' | 'lookAt'>
  readonly writes: KnownWrites
  readonly store: BlockStore
  readonly maxAgeMs: number
  /** The most bytes that one answer may read into blocks. */
  readonly maxFillBytes: number
}
