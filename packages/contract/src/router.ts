import type {
  TRPCBuiltRouter,
  TRPCMutationProcedure,
  TRPCQueryProcedure,
  TRPCSubscriptionProcedure,
} from '@trpc/server'
import type { Catalogue, Dataset, Dated, IfWritable, PointInTime } from './dataset.ts'
import type { ReadInputs } from './dataset-procedures.ts'
import type { ErrorCode } from './errors.ts'
import type { FactorDeclaration } from './factor.ts'
import type { FieldInfo } from './field-info.ts'
import type { JsonFrame } from './frame/json.ts'
import type { CalendarQueries } from './inputs/calendar-inputs.ts'
import type { ChangeEvent, ChangesAnswer, ChangesInput, ChangeWatchInput } from './inputs/change-inputs.ts'
import type { FactorDefined, FactorDropped, FactorInfo } from './inputs/factor-inputs.ts'
import type { InstrumentInputs, Stocks } from './inputs/instrument-inputs.ts'
import type { MemoryInput, SnapshotInput, WatchInput } from './inputs/ops-inputs.ts'
import type { IfPanelled } from './inputs/panel-input.ts'
import type { QueryInput } from './inputs/query-input.ts'
import type { ScreenInput } from './inputs/screen-types.ts'
import type { SqlInput } from './inputs/sql-input.ts'
import type { DeleteInput, DeleteResult, UpsertInput, UpsertResult } from './inputs/write-inputs.ts'
import type { HeapSnapshot, MemoryReport, OpsStats, ServerStatus } from './ops.ts'

/** Answer to `meta.info`. */
export interface ServerInfo {
  readonly name: 'stockdb'
  readonly version: string
  readonly wireVersion: number
  readonly engine: {
    /** The kind of database, such as `mysql`, for display. */
    readonly kind: string
    /** Product and version of the database, such as `MariaDB 10.11.19`. */
    readonly version: string
  }
  /** The served datasets with their procedures. */
  readonly datasets: Readonly<Record<string, readonly string[]>>
  /** How many calls for frames one request may have; a server that does not say takes each alone. */
  readonly maxBatchSize?: number
}

/** What the database holds of a dataset. */
export interface Holdings {
  readonly rows: number
  /** First and last date; null without rows, absent if the dataset has no date. */
  readonly firstDate?: string | null
  readonly lastDate?: string | null
  /** Number of distinct symbols; absent if the dataset has no symbol field. */
  readonly symbols?: number
}

/** One entry of the answer to `meta.datasets`. */
export interface DatasetInfo {
  readonly name: string
  readonly description: string
  readonly key: readonly string[]
  readonly symbol?: string
  readonly date?: string
  readonly fields: readonly FieldInfo[]
  /** Of a factor: the token that defined it, and when, in UTC. */
  readonly owner?: string
  readonly definedAt?: string
  /**
   * What the database holds; null if the table is missing, differs from its declaration, has invalid values, or cannot be counted in time;
   * `problem` then says why.
   */
  readonly coverage: Holdings | null
  /** What is wrong with this dataset, and what to do; other datasets are not affected. */
  readonly problem?: string
  /**
   * Progress of the search for text dates in an undeclared format: columns done, and about how many rows of the next
   * one; absent when finished, or without such columns.
   */
  readonly formatCheck?: { readonly columns: number; readonly checked: number; readonly rows: number }
}

/** Answer to `meta.state`: another one after each commit. */
export interface StateAnswer {
  /** Null if the database does not report commits. */
  readonly state: string | null
  /** The moment at which this was the state, such as `2024-01-02T03:04:05.678Z`. */
  readonly asOf: string
}

/** Answer to `ops.health`. */
export interface Health {
  readonly status: 'ok' | 'degraded'
  readonly database: 'ok' | 'unavailable'
  readonly uptimeSeconds: number
  /** Of a server with several workers (`--workers`): how many answered, and how many there should be. */
  readonly workers?: { readonly answering: number; readonly of: number }
}

/** The `error` of tRPC's envelope: tRPC's number in `code`, our error under `data`. */
export interface ErrorShape {
  readonly message: string
  readonly code: number
  readonly data: {
    readonly code: ErrorCode
    readonly httpStatus: number
    readonly retryable: boolean
    /** Identifies the call in the server's log. */
    readonly requestId: string
    readonly path?: string
    /** Retry delay, if the call was refused because of load; also sent as `Retry-After` in whole seconds. */
    readonly retryAfterMs?: number
  }
}

interface Root {
  ctx: object
  meta: object
  errorShape: ErrorShape
  transformer: false
}

type Query<Input, Output> = TRPCQueryProcedure<{ meta: object; input: Input; output: Output }>

type Mutation<Input, Output> = TRPCMutationProcedure<{ meta: object; input: Input; output: Output }>

/** A subscription to events with ids, from which it can be resumed. */
type Subscription<Input, Event> = TRPCSubscriptionProcedure<{
  meta: object
  input: Input
  output: AsyncIterable<{ readonly id: string; readonly data: Event }>
}>

/** Procedures by what they take and answer. */
type Queries<Group> = {
  [Name in keyof Group]: Group[Name] extends { input: infer Input; answer: infer Answer } ? Query<Input, Answer> : never
}

/** Procedures that answer with frames, by their inputs. */
type Reads<Inputs> = { [Name in keyof Inputs]: Query<Inputs[Name], JsonFrame> }

type ReadProcedures<D extends Dataset> = Reads<ReadInputs<D>[D extends Dated ? 'date' : 'noDate']> &
  IfPanelled<D, Reads<ReadInputs<D>['panel']>> &
  (D extends PointInTime ? Reads<ReadInputs<D>['pointInTime']> : unknown)

type WriteProcedures<D extends Dataset> = IfWritable<
  D,
  { upsert: Mutation<UpsertInput, UpsertResult>; delete: Mutation<DeleteInput, DeleteResult> }
>

/**
 * The router of a server with catalogue `C`, as a tRPC client sees it. It is declared here, not inferred from the
 * server's code, because the server builds its router from the catalogue at startup.
 */
export type StockdbRouter<C extends Catalogue> = TRPCBuiltRouter<
  Root,
  {
    [N in keyof C & string]: ReadProcedures<C[N]> &
      WriteProcedures<C[N]> & { watch: Subscription<ChangeWatchInput | undefined, ChangeEvent> }
  } & {
    instruments: Reads<InstrumentInputs<Stocks<C>>>
    screen: Query<ScreenInput<C>, JsonFrame>
    calendar: Queries<CalendarQueries>
    meta: {
      info: Query<void, ServerInfo>
      datasets: Query<void, DatasetInfo[]>
      changes: Query<ChangesInput | undefined, ChangesAnswer>
      state: Query<void, StateAnswer>
    }
    factors: {
      define: Mutation<FactorDeclaration, FactorDefined>
      list: Query<void, FactorInfo[]>
      drop: Mutation<{ readonly name: string }, FactorDropped>
    }
    query: {
      run: Query<QueryInput, JsonFrame>
    }
    sql: {
      run: Query<SqlInput, JsonFrame>
    }
    ops: {
      health: Query<void, Health>
      stats: Query<void, OpsStats>
      memory: Query<MemoryInput | undefined, MemoryReport>
      snapshot: Mutation<SnapshotInput | undefined, HeapSnapshot>
      watch: Subscription<WatchInput | undefined, ServerStatus>
    }
  }
>
