import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { StockdbError } from '@stockdb/contract/wire'
import { databaseFileOf } from '../engine/open.ts'

/**
 * The database file that an address names, if it does not exist yet. A mistyped path would otherwise create a file and
 * answer like an empty database.
 */
export function absentFile(address: string | undefined): string | undefined {
  if (address === undefined) return undefined
  const file = databaseFileOf(address)
  return file === undefined || existsSync(file) ? undefined : resolve(file)
}

/** Throws if an address names a SQLite file that does not exist; for commands that only read. */
export function requireFile(address: string | undefined): void {
  const file = absentFile(address)
  if (file === undefined) return
  throw new StockdbError(
    'INVALID_INPUT',
    `--database: there is no file ${file}; expected the path of a database ("stockdb import" and "stockdb migrate" create one)`,
  )
}

/** Throws if an address names a SQLite file in a folder that does not exist. */
export function requireFolder(address: string | undefined): void {
  const file = absentFile(address)
  if (file === undefined || existsSync(dirname(file))) return
  throw new StockdbError(
    'INVALID_INPUT',
    `--database: there is no folder ${dirname(file)}; expected the path of a database`,
  )
}

/** Says that a command created the file, in case its path was mistyped. */
export function announceNewFile(file: string | undefined, to: NodeJS.WritableStream): void {
  if (file !== undefined) to.write(`created ${file}, because there was no such file\n`)
}
