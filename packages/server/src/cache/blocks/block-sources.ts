import type { Dataset } from '@stockdb/contract'
import type { Engine } from '../../engine/engine.ts'
import type { TableGuard } from '../../engine/table-guard.ts'
import type { QueryCache } from '../../plan/prepared-query.ts'
import type { QueryPlan } from '../../plan/query-plan.ts'
import type { KnownWrites } from '../known-writes.ts'
import type { BlockStore } from './block-store.ts'
import type { MadeBlocks } from './collect-blocks.ts'

/** A call as blocks see it. */
export interface PlannedCall {
  readonly plan: QueryPlan
  /** Of the catalogue that it was planned by. */
  readonly queries: QueryCache
}

/** Blocks for which memory has no room, and those of the last run. */
export interface BlocksOnDisk {
  /** Writes blocks, some time later. */
  keep(dataset: Dataset, made: MadeBlocks): void
  /** Brings the blocks to memory that have rows of a plan, if that is less work than to read the rows. Returns whether some came. */
  bringBack(call: PlannedCall): Promise<boolean>
}

/** What blocks are made from. */
export interface BlockSources {
  readonly engine: Pick<Engine, 'read' | 'snapshot' | 'keepsTransactions'>
  readonly tables: Pick<TableGuard, 'shapeOf' | 'singlesOf' | 'lookAt' | 'knownOf'>
  readonly writes: KnownWrites
  readonly store: BlockStore
  readonly filed?: BlocksOnDisk | undefined
  readonly maxAgeMs: number
  /** The most bytes that one answer may read into blocks. */
  readonly maxFillBytes: number
}
