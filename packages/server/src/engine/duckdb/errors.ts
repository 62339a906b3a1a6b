import { basename } from 'node:path'
import { StockdbError } from '@stockdb/contract/wire'
import { noNumber, tooMuch, tooMuchDisk } from '../query-refusals.ts'
import { missingColumn, missingTable } from '../read-tables.ts'
import { WriteConflict } from '../write-conflict.ts'
import { NOT_FINITE } from './finite.ts'
import { NOT_A_NUMBER } from './text-number.ts'

/** The kind of an error of DuckDB, which is all that it has for a code: `Catalog Error: Table with name px does not exist!` */
const KIND = /^(?:TransactionContext Error: [^:]*: )?([A-Za-z ]+?) ?Error: ([\s\S]*)/
/** Of a commit that DuckDB took back when it could not write it: `TransactionContext Error: Failed to commit: Could not write …`. */
const NOT_COMMITTED = /^TransactionContext Error: Failed to commit: (?!.*\b(?:FATAL|INTERNAL) Error)/
const NOT_WRITTEN = /No space left|File too large|Disk quota|Could not write|write.*failed/i
const LOCKED = /Conflicting lock is held(?: in ([^(]*?))?\s*\(PID (\d+)\)/
const NOT_A_DATABASE = /not a valid DuckDB database file/
const NEWER = /storage version|newer version of DuckDB/
const MISSING_TABLE = /^Table with name "?(.+?)"? does not exist/
const MISSING_COLUMN =
  /^(?:Referenced column|Table ".+?" does not have a column named|Values list ".+?" does not have a column named) "(.+?)"/

const DISK_FULL = 'cannot write to the disk of the database file: it is full or fails'

const partsOf = (error: unknown): { readonly kind: string; readonly text: string } => {
  const message = error instanceof Error ? error.message : String(error)
  const [, kind = '', text = message] = KIND.exec(message) ?? []
  return { kind, text }
}

/** Translates a failure of DuckDB, once, at the engine's edge. The original is kept as `cause`, for the log. */
export function translateDuckdbError(error: unknown): StockdbError {
  if (error instanceof StockdbError) return error
  const { kind, text } = partsOf(error)
  const as = (...[code, message]: ConstructorParameters<typeof StockdbError>) =>
    new StockdbError(code, message, { cause: error })
  const [, table] = MISSING_TABLE.exec(text) ?? []
  const [, column] = MISSING_COLUMN.exec(text) ?? []
  if (table !== undefined) return as('SCHEMA_MISMATCH', missingTable(table))
  if (column !== undefined) return as('SCHEMA_MISMATCH', missingColumn(column))
  if (text.startsWith(NOT_A_NUMBER)) {
    const shown = JSON.stringify(text.slice(NOT_A_NUMBER.length))
    return as('SCHEMA_MISMATCH', `a column that is declared to hold numbers holds ${shown}; expected a number`)
  }
  if (/[Cc]onflict/.test(text) && /Transaction/.test(kind)) return new WriteConflict(error)
  if (isTakenBack(error) && NOT_WRITTEN.test(text))
    return as('DATABASE_UNAVAILABLE', `${DISK_FULL}; nothing was written`)
  switch (kind) {
    case 'INTERRUPT':
      return as('DATABASE_INTERRUPTED', 'the database aborted the query')
    case 'IO':
      if (NOT_WRITTEN.test(text)) return as('DATABASE_UNAVAILABLE', DISK_FULL)
      return as('DATABASE_UNAVAILABLE', 'cannot read or write the database file')
    case 'Permission':
      return as(
        'SCHEMA_MISMATCH',
        'a view reads other files, which a DuckDB database that is served may not; make a table of it: create table … as select …',
      )
    case 'FATAL':
    case 'INTERNAL':
      return as('DATABASE_UNAVAILABLE', 'the database failed and is opened again; ask again')
    case 'Out of Memory':
      return as('DATABASE_UNAVAILABLE', 'the database has no memory or temporary disk left; ask for less at once')
  }
  return as('INTERNAL', 'the database refused the query')
}

/** Like {@link translateDuckdbError}, for a query with a caller's expressions. */
export function translateQueryError(error: unknown): StockdbError {
  if (error instanceof StockdbError) return error
  const { kind, text } = partsOf(error)
  if (text.includes(NOT_FINITE) || kind === 'Out of Range') return noNumber('the query', error)
  if (kind === 'Out of Memory') return /temp|offload/i.test(text) ? tooMuchDisk(error) : tooMuch(error)
  if (/max(?:imum)? (?:expression )?depth|stack/i.test(text)) return tooMuch(error)
  return translateDuckdbError(error)
}

/** Whether this is a commit that certainly left nothing. */
export const isTakenBack = (error: unknown): boolean => error instanceof Error && NOT_COMMITTED.test(error.message)

/** Whether the instance that failed is of no use any more. */
export const isFatal = (error: unknown): boolean => ['FATAL', 'INTERNAL'].includes(partsOf(error).kind)

/** Why a file cannot be opened, for people; without the folders that it is in, as callers see it too. */
export function translateOpening(error: unknown, path: string): StockdbError {
  if (error instanceof StockdbError) return error
  const { text } = partsOf(error)
  const as = (message: string) =>
    new StockdbError('DATABASE_UNAVAILABLE', `cannot open duckdb:${basename(path)}: ${message}`, { cause: error })
  const [, program, holder] = LOCKED.exec(text) ?? []
  if (holder !== undefined) {
    const named = program === undefined ? holder : `${holder} (${basename(program)})`
    return as(
      `process ${named} has it open, and DuckDB lets one process write to a file; stop that process first; if it is a stockdb server, "stockdb import" writes through it`,
    )
  }
  if (/Conflicting lock/.test(text)) return as('another process has it open; stop that process first')
  if (NOT_A_DATABASE.test(text)) return as('it is not a DuckDB database')
  if (NEWER.test(text))
    return as('it was made by another version of DuckDB; install the @duckdb/node-api of that version')
  if (/[Pp]ermission denied/.test(text)) return as('permission denied')
  return as('DuckDB cannot read it; the log has the reason')
}
