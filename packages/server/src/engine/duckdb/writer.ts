import { setImmediate } from 'node:timers/promises'
import type { DuckDBAppender } from '@duckdb/node-api'
import type { Dataset, FieldTypeName } from '@stockdb/contract'
import { columnName, type StoredValue, tableName } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import { type RawBuilder, sql } from 'kysely'
import type { MergedKey, Statement, StatementOutcome, UpsertCounts, WriteTransaction } from '../engine.ts'
import { findMergedKey, type MergedKeyQuery } from '../merged-keys.ts'
import { refusedComputed, refusedRow, refusedRows } from '../refused-write.ts'
import { writersOf } from '../stored.ts'
import { WriteConflict } from '../write-conflict.ts'
import { inLowerCase } from './describe.ts'
import { duckdbDialect } from './dialect.ts'
import { isFatal, isTakenBack, translateDuckdbError } from './errors.ts'
import type { Lease } from './file.ts'
import { outcomeOf, rowsOf, runOn } from './statements.ts'
import { Work } from './work.ts'

/** Rows put into the table of what is to be written before other calls are served. */
const SLICE_ROWS = 500
/** The table in which the rows of an upsert stand before they are written; of the connection alone. */
const STAGE = 'stockdb_rows'
/** The column of their order. */
const ORDER = 'stockdb_order'
/** Of a value that is written; a text has its characters besides. */
const VALUE_BYTES = 8
const NOT_NULL = /^Constraint Error: NOT NULL constraint failed: .*\.(.+)$/

/** As what a value stands there: in the type in which it is given. */
const stagedTypes: Readonly<Record<FieldTypeName, string>> = {
  ...{ text: 'varchar', symbol: 'varchar', date: 'varchar', datetime: 'varchar' },
  ...{ float64: 'double', int32: 'bigint', int64: 'bigint', bool: 'boolean' },
}

type Row = readonly StoredValue[]

/** What a transaction calls. */
interface Ends {
  /** It has ended; says whether the connection is good. */
  done(how: 'giveBack' | 'discard'): void
  /** The instance is of no use any more. */
  fatal(): void
  /** Throws if the disk has no room for a commit of so many bytes. */
  requireRoom(bytes: number): Promise<void>
}

/** Begins a transaction on a connection. */
export async function beginDuckdb(lease: Lease, signal: AbortSignal, ends: Ends): Promise<WriteTransaction> {
  const work = new Work(lease.connection, (error) => {
    if (isFatal(error)) ends.fatal()
    return translateDuckdbError(error)
  })
  await work.step(() => runOn(lease.connection, 'begin transaction'))
  return new DuckdbTransaction(lease, work, signal, ends)
}

class DuckdbTransaction implements WriteTransaction {
  readonly #lease: Lease
  readonly #work: Work
  readonly #signal: AbortSignal
  readonly #ends: Ends
  /** The types of the columns, by table. */
  readonly #types = new Map<string, ReadonlyMap<string, string>>()
  #open = true
  /** About how much is written. */
  #bytes = 0

  constructor(lease: Lease, work: Work, signal: AbortSignal, ends: Ends) {
    this.#lease = lease
    this.#work = work
    this.#signal = signal
    this.#ends = ends
    signal.addEventListener('abort', this.#onAbort)
  }

  async upsert(dataset: Dataset, fields: readonly string[], rows: readonly Row[]): Promise<UpsertCounts> {
    this.#signal.throwIfAborted()
    const types = await this.#typesOf(dataset)
    const counts = { inserted: 0, changed: 0, unchanged: 0 }
    for (const round of roundsOf(dataset, fields, rows)) {
      await this.#stage(dataset, fields, round)
      await this.#refuseMisfits(dataset, fields, round, types)
      const statement = mergeStatement(dataset, fields, types)
      try {
        const actions = await this.#work.step(() => rowsOf(this.#lease.connection, statement))
        const inserted = actions.filter(([action]) => action === 'INSERT').length
        counts.inserted += inserted
        counts.changed += actions.length - inserted
        counts.unchanged += round.length - actions.length
      } catch (error) {
        throw refusedBy(dataset, fields, round, error) ?? error
      }
    }
    return counts
  }

  async change(_dataset: Dataset, statement: Statement): Promise<number> {
    return (await this.run(statement)).changed
  }

  async run({ sql: text, parameters }: Statement): Promise<StatementOutcome> {
    this.#signal.throwIfAborted()
    return this.#work.step(() => outcomeOf(this.#lease.connection, text, parameters))
  }

  /** DuckDB's DDL is part of the transaction. */
  async define(statements: readonly string[]): Promise<void> {
    for (const sql of statements) await this.run({ sql, parameters: [] })
  }

  async findMerged(
    dataset: Dataset,
    fields: readonly string[],
    rows: readonly Row[],
    loose: readonly string[],
  ): Promise<MergedKey | undefined> {
    const query: MergedKeyQuery = {
      kysely: duckdbDialect.kysely,
      equal: (column) => sql`${column} is not distinct from ?`,
      differs: (column) => sql`${column} collate "C" <> cast(? as varchar) collate "C"`,
      text: (column) => column,
      most: 1,
      ask: async (statement, parameters) =>
        (await this.#work.step(() => rowsOf(this.#lease.connection, statement, parameters))) as string[][],
    }
    return findMergedKey(query, dataset, fields, rows, loose)
  }

  async commit(): Promise<void> {
    await this.#ends.requireRoom(this.#bytes)
    this.#signal.throwIfAborted()
    // It takes milliseconds; if it were cancelled, its outcome would be unknown.
    this.#signal.removeEventListener('abort', this.#onAbort)
    try {
      await this.#work.step(() => runOn(this.#lease.connection, 'commit'))
    } catch (error) {
      this.#end('discard')
      if (error instanceof WriteConflict || !(error instanceof StockdbError) || isTakenBack(error.cause)) throw error
      throw unknownOutcome(error)
    }
    this.#end('giveBack')
  }

  async rollback(): Promise<void> {
    if (!this.#open) return
    try {
      await this.#work.step(() => runOn(this.#lease.connection, 'rollback'))
      this.#end('giveBack')
    } catch {
      // What is not committed goes with its connection.
      this.#end('discard')
    }
  }

  readonly #onAbort = (): void => this.#work.fail(this.#signal.reason)

  async #typesOf(dataset: Dataset): Promise<ReadonlyMap<string, string>> {
    const table = tableName(dataset)
    let types = this.#types.get(table)
    if (!types) {
      // Ten times as fast as the tables of tables.
      const none = sql`select * from ${sql.id(table)} limit 0`.compile(duckdbDialect.kysely).sql
      const columns = await this.#work.step(() => runOn(this.#lease.connection, none))
      types = new Map(columns.columnNames().map((name, at) => [name, inLowerCase(String(columns.columnType(at)))]))
      this.#types.set(table, types)
    }
    return types
  }

  /** Puts rows into the stage. */
  async #stage(dataset: Dataset, fields: readonly string[], rows: readonly Row[]): Promise<void> {
    const { connection } = this.#lease
    const columns = fields.map(
      (field) => sql`${sql.id(columnName(dataset, field))} ${sql.raw(stagedType(dataset, field))}`,
    )
    const create = sql`create or replace temp table ${sql.id(STAGE)} (${sql.id(ORDER)} bigint, ${sql.join(columns)})`
    await this.#work.step(() => runOn(connection, create.compile(duckdbDialect.kysely).sql))
    const appender = await this.#work.step(() => connection.createAppender(STAGE, 'main', 'temp'))
    const keep = writersOf(dataset, fields)
    const types = fields.map((field) => stagedType(dataset, field))
    for (let from = 0; from < rows.length; from += SLICE_ROWS) {
      this.#work.throwIfFailed()
      rows.slice(from, from + SLICE_ROWS).forEach((row, at) => {
        appender.appendBigInt(BigInt(from + at))
        for (const [index, value] of keep(row).entries()) {
          append(appender, types[index] as string, value)
          this.#bytes += VALUE_BYTES + (typeof value === 'string' ? value.length : 0)
        }
        appender.endRow()
      })
      await setImmediate()
    }
    appender.closeSync()
  }

  /** Throws for the first value that its column cannot hold: a failed statement would not say which it is. */
  async #refuseMisfits(
    dataset: Dataset,
    fields: readonly string[],
    rows: readonly Row[],
    types: ReadonlyMap<string, string>,
  ): Promise<void> {
    const searches = fields.flatMap((field) => {
      const column = columnName(dataset, field)
      const type = types.get(column) ?? 'varchar'
      if (type === stagedType(dataset, field) || type === 'varchar') return []
      const name = sql.id(column)
      return [{ column, misfit: sql`(${name} is not null and try_cast(${name} as ${sql.raw(type)}) is null)` }]
    })
    if (searches.length === 0) return
    const misfits = searches.map(({ misfit }) => misfit)
    const whens = misfits.map((misfit, at) => sql`when ${misfit} then ${sql.lit(at)}`)
    const search = sql`select ${sql.id(ORDER)}, case ${sql.join(whens, sql` `)} end from ${sql.id(STAGE)}
      where ${sql.join(misfits, sql` or `)} order by 1 limit 1`.compile(duckdbDialect.kysely).sql
    const [found] = await this.#work.step(() => rowsOf(this.#lease.connection, search))
    const row = found && rows[Number(found[0])]
    if (row) throw refusedRow(dataset, fields, row, searches[Number(found[1])]?.column, undefined)
  }

  #end(how: 'giveBack' | 'discard'): void {
    if (!this.#open) return
    this.#open = false
    this.#signal.removeEventListener('abort', this.#onAbort)
    this.#ends.done(how)
  }
}

/** The disk failed, or the instance: the log of the file may have the commit or not. */
const unknownOutcome = (cause: StockdbError): StockdbError =>
  new StockdbError(
    'WRITE_OUTCOME_UNKNOWN',
    'the database file failed during the commit, which may have taken effect; it is safe to write again',
    { cause },
  )

const stagedType = (dataset: Dataset, field: string): string => {
  const { type, dateFormat, numberFormat, symbolFormat } = dataset.fields[field] ?? { type: 'text' }
  return (dateFormat ?? numberFormat ?? symbolFormat) === undefined ? stagedTypes[type] : 'varchar'
}

function append(appender: DuckDBAppender, type: string, value: StoredValue): void {
  if (value === null) appender.appendNull()
  else if (type === 'double') appender.appendDouble(Number(value))
  else if (type === 'bigint') appender.appendBigInt(BigInt(value))
  else if (type === 'boolean') appender.appendBoolean(Boolean(value))
  else appender.appendVarchar(String(value))
}

/** The rows so that no key is twice among those written by one statement; a later row of a key is in a later round. */
function roundsOf(dataset: Dataset, fields: readonly string[], rows: readonly Row[]): readonly (readonly Row[])[] {
  const places = dataset.key.map((field) => fields.indexOf(field))
  const seen = new Map<string, number>()
  const rounds: Row[][] = []
  for (const row of rows) {
    const key = JSON.stringify(places.map((place) => String(row[place] ?? null)))
    const round = seen.get(key) ?? 0
    seen.set(key, round + 1)
    const of = rounds[round] ?? []
    of.push(row)
    rounds[round] = of
  }
  return rounds
}

/**
 * Inserts the rows of the stage whose key is not in the table, and replaces the others where a value differs; a zero is looked
 * at with its sign. Says what it did of each row that it wrote.
 */
function mergeStatement(dataset: Dataset, fields: readonly string[], types: ReadonlyMap<string, string>): string {
  const nameOf = (field: string) => columnName(dataset, field)
  const columns = fields.map((field) => sql.id(nameOf(field)))
  const cast = fields.map((field) => {
    const name = sql.id(nameOf(field))
    return sql`cast(${name} as ${sql.raw(types.get(nameOf(field)) ?? 'varchar')}) as ${name}`
  })
  const same = dataset.key.map((field) =>
    fields.includes(field) ? exactlySame(types, nameOf(field)) : sql`${sql.id('t', nameOf(field))} is null`,
  )
  const replaced = fields.filter((field) => !dataset.key.includes(field)).map(nameOf)
  const differs = replaced.map((name) => {
    const [old, given] = [sql.id('t', name), sql.id('s', name)]
    return isFloat(types.get(name))
      ? sql`(${old} is distinct from ${given} or (${old} = 0 and signbit(${old}) <> signbit(${given})))`
      : sql`${text(types, old, name)} is distinct from ${text(types, given, name)}`
  })
  const updates = replaced.map((name) => sql`${sql.id(name)} = ${sql.id('s', name)}`)
  const update =
    replaced.length === 0
      ? sql``
      : sql`when matched and (${sql.join(differs, sql` or `)}) then update set ${sql.join(updates)}`
  const insert = sql`when not matched then insert (${sql.join(columns)}) values (${sql.join(fields.map((field) => sql.id('s', nameOf(field))))})`
  return sql`merge into ${sql.id(tableName(dataset))} as t
    using (select ${sql.join(cast)} from ${sql.id(STAGE)} order by ${sql.id(ORDER)}) as s on ${sql.join(same, sql` and `)}
    ${update} ${insert} returning merge_action`.compile(duckdbDialect.kysely).sql
}

const isFloat = (type = ''): boolean => type === 'double' || type === 'float'

function exactlySame(types: ReadonlyMap<string, string>, name: string): RawBuilder<unknown> {
  return sql`${text(types, sql.id('t', name), name)} is not distinct from ${text(types, sql.id('s', name), name)}`
}

/** A text by its bytes, whatever the collation of its column. */
const text = (types: ReadonlyMap<string, string>, value: RawBuilder<unknown>, name: string): RawBuilder<unknown> =>
  types.get(name) === 'varchar' ? sql`${value} collate "C"` : value

/** Names the value that a table did not take, where the failure of a write is of this kind. */
function refusedBy(
  dataset: Dataset,
  fields: readonly string[],
  rows: readonly Row[],
  error: unknown,
): StockdbError | undefined {
  if (error instanceof WriteConflict) return undefined
  const cause = error instanceof StockdbError ? error.cause : error
  const message = cause instanceof Error ? cause.message : ''
  const computed = refusedComputed(dataset, message, error)
  if (computed) return computed
  const [, column] = NOT_NULL.exec(message) ?? []
  if (column !== undefined) {
    const at = fields.findIndex((field) => columnName(dataset, field) === column)
    const row = rows.find((one) => at < 0 || one[at] === null) ?? rows[0]
    return row ? refusedRow(dataset, fields, row, column, error) : undefined
  }
  return /^(?:Constraint|Conversion) Error/.test(message) ? refusedRows(dataset, error) : undefined
}
