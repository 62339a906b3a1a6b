import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { StockdbError } from '@stockdb/contract/wire'
import { databaseFileOf } from '../engine/open.ts'

/**
 * The database file that an address names, where there is none yet. A mistyped path would otherwise be made, and answer as
 * a database without rows.
 */
export function absentFile(address: string | undefined): string | undefined {
  if (address === undefined) return undefined
  const file = databaseFileOf(address)
  return file === undefined || existsSync(file) ? undefined : resolve(file)
}

/** Throws where an address names a SQLite file that is not there: for commands that only read. */
export function demandFile(address: string | undefined): void {
  const file = absentFile(address)
  if (file === undefined) return
  throw new StockdbError(
    'INVALID_INPUT',
    `--database: there is no file ${file}; expected the path of a database ("stockdb import" and "stockdb migrate" make one)`,
  )
}

/** Throws where an address names a SQLite file in a folder that is not there. */
export function demandFolder(address: string | undefined): void {
  const file = absentFile(address)
  if (file === undefined || existsSync(dirname(file))) return
  throw new StockdbError(
    'INVALID_INPUT',
    `--database: there is no folder ${dirname(file)}; expected the path of a database`,
  )
}

/** Says that a command has made the file, which is not what somebody wants who mistyped its path. */
export function tellOfNewFile(file: string | undefined, to: NodeJS.WritableStream): void {
  if (file !== undefined) to.write(`created ${file}, because there was no such file\n`)
}
