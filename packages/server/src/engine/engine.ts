import type { Dataset, DateFormat, FieldTypeName } from '@stockdb/contract'
import type { StoredValue } from '@stockdb/contract/internal'
import type { Batch } from '@stockdb/contract/wire'
import type { Load } from '../bounds/semaphore.ts'
import type { Dialect } from './dialect.ts'
import type { RepeatPlan } from './repeat-plan.ts'
import type { TableChanges } from './table-changes.ts'
import type { TableShape } from './table-shape.ts'

/** A select, compiled for one engine, with the types that its columns are read as, in their order. */
export interface ReadQuery {
  readonly sql: string
  readonly parameters: readonly unknown[]
  readonly columns: readonly ReadColumn[]
  /** Whether its expressions are a caller's, to whom then is told what the database has against them. */
  readonly ofCaller?: boolean
  /** Whether it may work for long before its first row, as what goes through a whole table to count it. */
  readonly long?: boolean
  /** How repeats are told among its rows, where the database lets them in. */
  readonly repeats?: RepeatPlan
  /** The tables that it reads, where its columns do not tell them all. */
  readonly tables?: readonly string[]
}

export interface ReadColumn {
  readonly name: string
  readonly type: FieldTypeName
  readonly nullable: boolean
  /** Whether the database gives a text as its bytes in UTF-8, because the query compares it by them. */
  readonly asBytes?: boolean
  /** The form in which a date is kept, where it is not a date of the database. */
  readonly dateFormat?: DateFormat | undefined
  /** Set where a column of a table is read as it is, which then must be of the type that is declared. */
  readonly source?: ColumnSource
  /** Whether a number that is kept in four bytes is read as these bytes, not as their shortest decimal. */
  readonly exact?: boolean
  /** Whether the query computes its numbers: readers check that they are finite. */
  readonly computed?: boolean
}

/** Where values come from, in the words of the database. */
export interface ColumnSource {
  readonly table: string
  readonly column: string
  /** Whether the field is one of those that tell the rows apart. */
  readonly key: boolean
}

/**
 * A batch from the database; exactly one, the last, has `last`, and it may be empty. It is good until the next one is
 * asked for, which may be read into the same memory.
 */
export interface ReadBatch {
  readonly batch: Batch
  readonly last: boolean
}

/** Where rows come from: the engine itself, or one state of its database. */
export interface RowSource {
  /**
   * Reads batch by batch, no further ahead than one batch. Throws when the rows did not all come. When `signal` fires
   * or the iteration is left early, the query is killed in the database and its connection discarded.
   */
  read(query: ReadQuery, signal: AbortSignal): AsyncIterable<ReadBatch>
}

/**
 * One state of the database, on one connection, for an answer that takes several statements: whatever others write
 * meanwhile, they all see the same rows. Reads follow each other; none starts before the one before it has ended. After
 * `maxSnapshotAgeMs` it throws `SNAPSHOT_EXPIRED`. The opener must call `end`; it ends by itself when the signal fires
 * that it was opened with.
 */
export interface Snapshot extends RowSource {
  /** The last read: the snapshot ends as soon as the database has sent its last row, before that is taken. */
  readLast(query: ReadQuery, signal: AbortSignal): AsyncIterable<ReadBatch>
  /** Gives everything back. May be called at any time, and more than once. */
  end(): void
}

/** How busy the connections to the database are. */
export interface PoolLoad {
  readonly open: number
  readonly busy: number
  readonly waiting: number
  /** How long the oldest state of the database that a read holds has been held; 0 when none is. */
  readonly oldestSnapshotMs: number
}

/** A line of a plan, as the database gives it. It names tables, keys and numbers of rows, and no values. */
export type PlanLine = Readonly<Record<string, unknown>>

/** The database under the server. Every failure it lets out is a `StockdbError`. */
export interface Engine extends RowSource {
  /** The kind of database, such as `mysql`: a label for people, which nothing depends on. */
  readonly kind: string
  readonly dialect: Dialect
  /** Whether stockdb made the database and keeps its tables: those that are missing are created without being asked for. */
  readonly managed: boolean
  /** Tells of tables that are found to differ, as they are read, from what they were. */
  readonly changes: TableChanges
  /** How full its connections are. */
  readonly slots: Load
  /** Product and version, such as `MariaDB 10.11.19`. */
  version(): Promise<string>
  /**
   * Opens a snapshot for reads of these datasets. Throws `SCHEMA_MISMATCH` when a table of theirs keeps no transactions, so
   * that no two statements are sure to see it in one state.
   */
  snapshot(datasets: readonly Dataset[], signal: AbortSignal): Promise<Snapshot>
  /** Whether a dataset's table keeps transactions, so that a snapshot can show it. */
  keepsTransactions(dataset: Dataset, signal: AbortSignal): Promise<boolean>
  /**
   * Calls `listener` after each commit of this engine, once for each dataset that was written; returns what ends that. Whatever
   * keeps rows in memory listens to it. What others write, also `stockdb import`, is only seen when it is read again.
   */
  onCommit(listener: CommitListener): () => void
  /** Starts a transaction; writes of one engine follow each other. */
  begin(signal: AbortSignal): Promise<WriteTransaction>
  /** The table as the database has it; `undefined` if there is none. */
  describe(table: string, signal: AbortSignal): Promise<TableShape | undefined>
  /** Tells states of the whole database apart, at no cost; absent where the database does not tell. */
  dataVersion?(): string
  /**
   * A text that changes when a table is written, for databases without {@link dataVersion}; `undefined` if nothing is known of the
   * table. A transaction may commit later than its text changes, so a finding must still be renewed from time to time.
   */
  tableVersion?(table: string, signal: AbortSignal): Promise<string | undefined>
  /** Runs statements of our own making that define tables. */
  define(statements: readonly string[], signal: AbortSignal): Promise<void>
  /** Throws `DATABASE_UNAVAILABLE` when the database does not answer. Waits for no other call. */
  ping(signal: AbortSignal): Promise<void>
  /** How the database would go about a select: tables, keys and numbers of rows, without the values bound. */
  explain(sql: string, parameters: readonly unknown[], signal: AbortSignal): Promise<readonly PlanLine[]>
  load(): PoolLoad
  /** What the account of the database may do beyond what stockdb needs, in words for people. */
  excessRights(signal: AbortSignal): Promise<readonly string[]>
  close(): Promise<void>
}

/** Rows of a dataset that this process has written and committed. */
export interface Commit {
  readonly dataset: Dataset
  /** The first and the last date among the rows, as they were given; `undefined` for a dataset without a date. */
  readonly span: { readonly from: string; readonly to: string } | undefined
}

export type CommitListener = (commit: Commit) => void

/** What became of rows that were written: of each whether it was new, replaced one with other values, or changed nothing. */
export interface UpsertCounts {
  readonly inserted: number
  readonly changed: number
  readonly unchanged: number
}

/** A row that took the place of another one, whose key has other bytes. */
export interface MergedKey {
  /** Which of the rows. */
  readonly row: number
  /** The texts of the key that the table has there, by field. */
  readonly stored: Readonly<Record<string, string | null>>
}

export interface WriteTransaction {
  /** Inserts rows, or replaces those with the same key; values in the order of `fields`. Resolves to what became of them. */
  upsert(dataset: Dataset, fields: readonly string[], rows: readonly (readonly StoredValue[])[]): Promise<UpsertCounts>
  /**
   * Of rows that were just written, the first that is not there under its own key, because a column of the key takes it for
   * equal to another one; `loose` are the fields of such columns.
   */
  findMerged(
    dataset: Dataset,
    fields: readonly string[],
    rows: readonly (readonly StoredValue[])[],
    loose: readonly string[],
  ): Promise<MergedKey | undefined>
  commit(): Promise<void>
  /** Takes everything back; safe to call after a failure, and without effect after `commit`. */
  rollback(): Promise<void>
}
