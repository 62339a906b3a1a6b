import type { Dataset } from '@stockdb/contract'
import { columnName, datetimeOf, type StoredValue, tableName } from '@stockdb/contract/internal'
import { sql } from 'kysely'
import type { Dialect } from './dialect.ts'
import type { Engine, Statement, UpsertCounts, WriteTransaction } from './engine.ts'
import { changesTable, keysTable, MAX_SYMBOLS_LENGTH, ownTables, sequenceTable } from './own-tables.ts'

/** The row that counts how many more commits there were than writes; less than none where writes share a commit. */
const COMMITS = 2

/** Symbols that a change remembers before it only says "many". */
const MAX_SYMBOLS = 1_000

/** What a write was about, gathered while its rows go by. */
export class ChangeSpan {
  readonly #symbolAt: number
  readonly #dateAt: number
  #symbols: Set<string> | undefined
  #first: string | undefined
  #last: string | undefined

  constructor({ symbol, date }: Dataset, fields: readonly string[]) {
    this.#symbolAt = symbol === undefined ? -1 : fields.indexOf(symbol)
    this.#dateAt = date === undefined ? -1 : fields.indexOf(date)
    this.#symbols = this.#symbolAt < 0 ? undefined : new Set()
  }

  add(rows: readonly (readonly StoredValue[])[]): void {
    for (const row of rows) {
      if (this.#symbols) {
        this.#symbols.add(String(row[this.#symbolAt]))
        if (this.#symbols.size > MAX_SYMBOLS) this.#symbols = undefined
      }
      if (this.#dateAt < 0) continue
      const day = String(row[this.#dateAt]).slice(0, 10)
      if (this.#first === undefined || day < this.#first) this.#first = day
      if (this.#last === undefined || day > this.#last) this.#last = day
    }
  }

  get span(): Span {
    return { start: this.#first, end: this.#last, symbols: this.#symbols && [...this.#symbols] }
  }
}

/** The rows that a write was about, as far as it is known. */
export interface Span {
  readonly start: string | undefined
  readonly end: string | undefined
  /** Absent for many, and for a dataset without symbols. */
  readonly symbols: readonly string[] | undefined
}

export interface ChangeRecord extends UpsertCounts {
  readonly dataset: Pick<Dataset, 'name'>
  readonly span: Span
  readonly deleted: number
  readonly by: string
  readonly at: Date
}

const compiled = ({ kysely }: Dialect, statement: ReturnType<typeof sql>): Statement => statement.compile(kysely)

/** Whether the database has the tables that writes through a server take. */
export async function hasOwnTables(engine: Engine, signal: AbortSignal): Promise<boolean> {
  for (const table of ownTables) if (!(await engine.describe(tableName(table), signal))) return false
  return true
}

/** The number of the last write. */
export async function lastSequence(dialect: Dialect, transaction: WriteTransaction): Promise<number> {
  const { rows } = await transaction.run(
    compiled(dialect, sql`select ${sql.id('last')} from ${sql.id(tableName(sequenceTable))} where ${sql.id('id')} = 1`),
  )
  return Number(rows[0]?.[0] ?? 0)
}

/** {@link recordChanges} for one write. */
export async function recordChange(
  dialect: Dialect,
  transaction: WriteTransaction,
  record: ChangeRecord,
): Promise<number> {
  return (await recordChanges(dialect, transaction, [record]))[0] as number
}

/**
 * Gives the writes of a transaction their numbers, in their order, and records them, as the last thing before its commit. The
 * counter's row stays locked until then, so the numbers follow the order of commits, and a rollback leaves no gap.
 */
export async function recordChanges(
  dialect: Dialect,
  transaction: WriteTransaction,
  records: readonly ChangeRecord[],
): Promise<number[]> {
  const last =
    (await raise(dialect, transaction, records.length)) ?? (await begin(dialect, transaction, records.length))
  const sequences = records.map((_, at) => last - records.length + 1 + at)
  const rows = records.map((record, at) => rowOf(record, sequences[at] as number))
  await transaction.upsert(changesTable, Object.keys(changesTable.fields), rows)
  // The two counters together are the number of commits.
  if (records.length > 1) await countCommits(dialect, transaction, 1 - records.length)
  return sequences
}

/** The number of the last of so many more writes; `undefined` before the first write of all. */
async function raise(dialect: Dialect, transaction: WriteTransaction, by: number): Promise<number | undefined> {
  const [table, counter] = [sql.id(tableName(sequenceTable)), sql.id('last')]
  const statement = compiled(dialect, dialect.raise(table, counter, by, sql`${sql.id('id')} = 1`))
  const { rows, raised } = await transaction.run(statement)
  const last = rows[0]?.[0] ?? raised
  return last === undefined ? undefined : Number(last)
}

/** The same for the first writes of all, for which the counter is made. */
async function begin(dialect: Dialect, transaction: WriteTransaction, by: number): Promise<number> {
  await transaction.upsert(sequenceTable, ['id'], [[1]])
  const last = await raise(dialect, transaction, by)
  if (last === undefined) throw new TypeError('the counter of writes is missing')
  return last
}

function rowOf(
  { dataset, span, inserted, changed, unchanged, deleted, by, at }: ChangeRecord,
  sequence: number,
): readonly StoredValue[] {
  const symbols = span.symbols && JSON.stringify(span.symbols)
  const values: Readonly<Record<keyof typeof changesTable.fields, StoredValue>> = {
    sequence,
    dataset: dataset.name,
    first_date: span.start ?? null,
    last_date: span.end ?? null,
    symbols: symbols !== undefined && symbols.length <= MAX_SYMBOLS_LENGTH ? symbols : null,
    ...{ inserted, changed, unchanged, deleted },
    written_by: by,
    written_at: datetimeOf(at.getTime()),
  }
  return Object.keys(changesTable.fields).map((name) => values[name as keyof typeof values])
}

/** Forgets keys and changes that are older than these times; at most so many of each at once. */
export async function forgetOld(
  engine: Engine,
  { keysBefore, changesBefore }: { readonly keysBefore: Date; readonly changesBefore: Date },
  signal: AbortSignal,
): Promise<void> {
  const older = (table: Dataset, field: string, before: StoredValue): Statement =>
    compiled(
      engine.dialect,
      sql`delete from ${sql.id(tableName(table))} where ${sql.id(columnName(table, field))} < ${before}`,
    )
  const transaction = await engine.begin(signal)
  try {
    const keys = await transaction.run(older(keysTable, 'written_at', keysBefore.getTime()))
    const changes = await transaction.run(older(changesTable, 'written_at', datetimeOf(changesBefore.getTime())))
    if (keys.changed + changes.changed === 0) return
    await countCommits(engine.dialect, transaction, 1)
    await transaction.commit()
  } finally {
    // Without effect after the commit.
    await transaction.rollback()
  }
}

/** Counts commits that are no writes, so that they are not taken for commits of others. */
async function countCommits(dialect: Dialect, transaction: WriteTransaction, more: number): Promise<void> {
  const [table, last, id] = [sql.id(tableName(sequenceTable)), sql.id('last'), sql.id('id')]
  const raised = compiled(
    dialect,
    sql`update ${table} set ${last} = coalesce(${last}, 0) + ${more} where ${id} = ${COMMITS}`,
  )
  if ((await transaction.run(raised)).changed > 0) return
  await transaction.upsert(sequenceTable, ['id'], [[COMMITS]])
  await transaction.run(raised)
}
