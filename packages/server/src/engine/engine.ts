import type { Dataset, DateFormat, ExchangeColumn, FieldTypeName, NumberFormat, SymbolFormat } from '@stockdb/contract'
import type { StoredValue } from '@stockdb/contract/internal'
import type { Batch } from '@stockdb/contract/wire'
import type { Load } from '../bounds/semaphore.ts'
import type { Dialect } from './dialect.ts'
import type { RepeatPlan } from './repeat-plan.ts'
import type { TableChanges } from './table-changes.ts'
import type { TableRef } from './table-ref.ts'
import type { TableShape } from './table-shape.ts'
import type { RightsLacking, RightsWanted } from './write-rights.ts'

/**
 * A compiled select for one engine, with the types of its columns, in order.
 *
 * @internal
 */
export interface ReadQuery {
  readonly sql: string
  readonly parameters: readonly unknown[]
  readonly columns: readonly ReadColumn[]
  /** Whether its expressions are a caller's, who then gets the database's error messages about them. */
  readonly ofCaller?: boolean
  /** Whether it may run long before its first row, for example because it scans a table. */
  readonly long?: boolean
  /** How to detect repeated keys, if the database allows them. */
  readonly repeats?: RepeatPlan
  /** The key that the database enforced when its table was looked at, if all its fields are read, in its order. */
  readonly enforced?: RepeatPlan
  /** The tables that it reads, if its columns do not name them all. */
  readonly tables?: readonly string[]
}

/**
 *
 * @internal
 */
export interface ReadColumn {
  readonly name: string
  readonly type: FieldTypeName
  readonly nullable: boolean
  /** Whether a text arrives as UTF-8 bytes, because the query compares it bytewise. */
  readonly asBytes?: boolean
  /** The stored format of a date that is not a date type of the database. */
  readonly dateFormat?: DateFormat | undefined
  /** `'text'` where a number, or true and false, is kept as a text; an empty one is null. */
  readonly numberFormat?: NumberFormat | undefined
  /** The form in which a code is kept, where it is not the code itself. */
  readonly symbolFormat?: SymbolFormat | undefined
  /** Set where a column of a table is read as it is, which then must be of the type that is declared. */
  readonly source?: ColumnSource
  /** Whether a FLOAT is read as its exact four bytes, not as their shortest decimal. */
  readonly exact?: boolean
  /** Whether the query computes the number: readers then check that it is finite. */
  readonly computed?: boolean
}

/** Origin of values, in the database's names. */
export interface ColumnSource {
  readonly table: string
  readonly column: string
  /** The column with the rest of a symbol that is split over two. */
  readonly exchange?: ExchangeColumn
  /** Whether the field is part of the key. */
  readonly key: boolean
}

/**
 * A batch from the database; exactly one, the last, has `last`, and it may be empty. It is valid until the next one is
 * requested, which may reuse its memory.
 *
 * @internal
 */
export interface ReadBatch {
  readonly batch: Batch
  readonly last: boolean
}

/** A source of rows: the engine itself, or a snapshot of its database. */
export interface RowSource {
  /**
   * Reads batch by batch, at most one batch ahead. Throws unless all rows arrive. If `signal` fires or the iteration is
   * left early, the query is killed in the database and its connection discarded.
   */
  read(query: ReadQuery, signal: AbortSignal): AsyncIterable<ReadBatch>
}

/**
 * A snapshot of the database on one connection, for an answer of several statements, which all see the same rows
 * whatever is written meanwhile. Reads are sequential. After `maxSnapshotAgeMs` it throws `SNAPSHOT_EXPIRED`. The
 * opener must call `end`; the snapshot also ends when its signal fires.
 */
export interface Snapshot extends RowSource {
  /**
   * Number of the last write through stockdb that the state contains, known once a read has begun; `undefined` if the database has no
   * such numbers.
   */
  readonly sequence?: number | undefined
  /** The last read: the snapshot ends as soon as the database has sent the last row, before it is consumed. */
  readLast(query: ReadQuery, signal: AbortSignal): AsyncIterable<ReadBatch>
  /** Releases everything. May be called at any time, and more than once. */
  end(): void
}

/** Load of the database connections. */
export interface PoolLoad {
  readonly open: number
  readonly busy: number
  readonly waiting: number
  /** How long the oldest state of the database that a read holds has been held; 0 when none is. */
  readonly oldestSnapshotMs: number
}

/** A line of the database's query plan, with tables, keys and row counts, but no values. */
export type PlanLine = Readonly<Record<string, unknown>>

/**
 * The database of the server. Every failure that it throws is a `StockdbError`.
 *
 * @internal
 */
export interface Engine extends RowSource {
  /** The kind of database, such as `mysql`: a label for display only. */
  readonly kind: string
  readonly dialect: Dialect
  /** Whether stockdb created the database and maintains its tables: missing ones are created automatically. */
  managed(): Promise<boolean>
  /** Reports tables that have changed since they were described. */
  readonly changes: TableChanges
  /** Load of its connections. */
  readonly slots: Load
  /** Product and version, such as `MariaDB 10.11.19`. */
  version(): Promise<string>
  /**
   * Opens a snapshot for reads of these datasets. Throws `SCHEMA_MISMATCH` if one of their tables is not transactional,
   * so that two statements could see different states.
   */
  snapshot(datasets: readonly Dataset[], signal: AbortSignal): Promise<Snapshot>
  /** Whether a dataset's table is transactional, so that a snapshot can include it. */
  keepsTransactions(dataset: Dataset, signal: AbortSignal): Promise<boolean>
  /**
   * Calls `listener` after each commit of this engine, once per written dataset; returns a function to unsubscribe.
   * Caches of rows listen to it. Writes of other processes, including `stockdb import`, are only seen at the next read.
   */
  onCommit(listener: CommitListener): () => void
  /** Starts a transaction; writes of one engine are sequential. */
  begin(signal: AbortSignal): Promise<WriteTransaction>
  /** The table as the database has it; `undefined` if there is none. */
  describe(table: TableRef, signal: AbortSignal): Promise<TableShape | undefined>
  /** Whether the account may not read a table that cannot be described; it may be missing, too. Absent where there are no accounts. */
  isHidden?(table: TableRef, signal: AbortSignal): Promise<boolean>
  /** Several tables at once, in their order. */
  describeSeveral(tables: readonly string[], signal: AbortSignal): Promise<readonly (TableShape | undefined)[]>
  /** The names of the tables and views that the account can see. */
  tableNames(signal: AbortSignal): Promise<readonly string[]>
  /** A cheap version of the whole database's state; absent if the database does not provide one. */
  dataVersion?(): string
  /**
   * A version of tables, for databases without {@link dataVersion}; `undefined` if one of them does not tell when it was written. Does
   * not wait for other calls.
   */
  tableVersion?(tables: readonly TableRef[], signal: AbortSignal): Promise<TableVersion | undefined>
  /**
   * What the database reports of its commits, and what was written since it reported `before`. A read that begins after it resolved sees
   * all commits that it covers. Does not wait for other calls.
   */
  commitMark(signal: AbortSignal, before?: CommitMark): Promise<CommitMark>
  /** Runs our own DDL statements. */
  define(statements: readonly string[], signal: AbortSignal): Promise<void>
  /** Throws `DATABASE_UNAVAILABLE` if the database does not answer. Does not wait for other calls. */
  ping(signal: AbortSignal): Promise<void>
  /** The database's plan for a select: tables, keys and row counts, without bound values. */
  explain(sql: string, parameters: readonly unknown[], signal: AbortSignal): Promise<readonly PlanLine[]>
  load(): PoolLoad
  /** Rights of the database account beyond what stockdb needs, as text. */
  excessRights(signal: AbortSignal): Promise<readonly string[]>
  /** Those of these rights that the database account lacks; none in a database without accounts. */
  missingRights(wanted: readonly RightsWanted[], signal: AbortSignal): Promise<readonly RightsLacking[]>
  close(): Promise<void>
}

/** When tables were last written. */
export interface TableVersion {
  readonly text: string
  /** Whether one was written so recently that the next write may leave the text as it is. */
  readonly isFresh: boolean
  /** Whether what was written by a transaction that ran for long may leave it as it is. */
  readonly isDoubtful: boolean
}

/** A state of the database, as far as its commits tell. */
export interface CommitMark {
  /** Another one as soon as anything was committed, by anyone; `undefined` if the database does not tell. */
  readonly text: string | undefined
  /**
   * What was written since the mark that it was compared with, at least by others than this engine, whose listeners know of its own
   * commits. It is proved to be all that was committed; absent where that is not proved.
   */
  readonly written?: readonly Written[]
  /** Whether it covers every commit whose rows were seen by a read that ended before it was asked for. */
  readonly coversReads?: boolean
}

/** Rows that a write was about. */
export interface Written {
  /** The number of the write. */
  readonly sequence: number
  readonly dataset: string
  /** The first and the last date of the rows, if all have one. */
  readonly start: string | undefined
  readonly end: string | undefined
  /** `undefined` for many, and for a dataset without symbols. */
  readonly symbols: readonly string[] | undefined
  /** Whether rows were deleted. */
  readonly deletes: boolean
}

/** Rows of a dataset that this process has written and committed; plain data, which threads can tell each other. */
export interface Commit {
  /** The name of the dataset, and of its table. */
  readonly dataset: string
  readonly table: string
  /** Whether that is the pattern of many tables. */
  readonly hasMembers: boolean
  /** The first and the last date of the rows; `undefined` for a dataset without a date. */
  readonly span: { readonly from: string; readonly to: string } | undefined
  /** All of the rows in detail, if the writes recorded them, and were committed for certain. */
  readonly written?: readonly Written[] | undefined
}

export type CommitListener = (commit: Commit) => void

/** Results of a write: counts of new, changed and unchanged rows. */
export interface UpsertCounts {
  readonly inserted: number
  readonly changed: number
  readonly unchanged: number
}

/** A row that replaced another one whose key has different bytes. */
export interface MergedKey {
  /** Which of the rows. */
  readonly row: number
  /** The key texts in the table, by field. */
  readonly stored: Readonly<Record<string, string | null>>
}

/** A statement of our own making, compiled, with its values. */
export interface Statement {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

/** The outcome of a statement: its rows, if it has any, and how many rows it changed. */
export interface StatementOutcome {
  readonly rows: readonly (readonly unknown[])[]
  readonly changed: number
  /** The new value of a counter, see `Dialect.raise`, where it is not in a row. */
  readonly raised?: number
}

/**
 * How an upsert finds the rows that exist. `unique`: by any unique index, the fastest way. `key`: by the dataset's key alone, for
 * tables with another unique index, where a row could otherwise replace a row of another key.
 */
export type UpsertMatch = 'unique' | 'key'

/**
 *
 * @internal
 */
export interface WriteTransaction {
  /**
   * Inserts rows, or changes those with the same key; values in the order of `fields`, other columns of a row that exists stay
   * as they are. Resolves to what became of them. `match` is `unique` by default.
   */
  upsert(
    dataset: Dataset,
    fields: readonly string[],
    rows: readonly (readonly StoredValue[])[],
    match?: UpsertMatch,
  ): Promise<UpsertCounts>
  /** Runs one statement that changes rows of a dataset, such as a delete; resolves to how many. */
  change(dataset: Dataset, statement: Statement): Promise<number>
  /** Runs one statement on tables of stockdb's own. */
  run(statement: Statement): Promise<StatementOutcome>
  /**
   * Runs our own DDL statements while the transaction keeps its locks. Where DDL ends a transaction, it runs next to this one:
   * a rollback then leaves what it did. It waits a few seconds for other sessions that use the table, and then throws
   * `DATABASE_UNAVAILABLE`.
   */
  define(statements: readonly string[]): Promise<void>
  /**
   * The first of the rows just written that is not stored under its own key, because a key column treats it as equal to
   * another one; `loose` are the fields of such columns.
   */
  findMerged(
    dataset: Dataset,
    fields: readonly string[],
    rows: readonly (readonly StoredValue[])[],
    loose: readonly string[],
  ): Promise<MergedKey | undefined>
  /** Throws `WRITE_OUTCOME_UNKNOWN` if the connection is lost meanwhile, so that nobody can know whether it took place. */
  commit(): Promise<void>
  /** Rolls back; safe to call after a failure, and without effect after `commit`. */
  rollback(): Promise<void>
}
