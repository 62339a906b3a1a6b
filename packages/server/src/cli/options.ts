import { join } from 'node:path'
import { InvalidArgumentError, Option } from 'commander'
import { ADDRESS_FORMS } from '../engine/open.ts'
import { logFormats, logLevels } from '../telemetry/log.ts'

/** Options that several commands share; each can also be set in the environment. */
export const databaseOption = (): Option =>
  new Option(
    '--database <address>',
    `${ADDRESS_FORMS}; commands that write create the file if it does not exist; STOCKDB_DATABASE_FILE names a file that holds the address`,
  ).env('STOCKDB_DATABASE')

export const dataOption = (): Option =>
  new Option(
    '--data <folder>',
    'folder of the tokens and of the embedded database, which is used when --database is not given',
  )
    .env('STOCKDB_DATA')
    .default('./stockdb-data')

export const logLevelOption = (): Option =>
  new Option('--log-level <level>', 'least level that is logged, on standard error')
    .choices(logLevels)
    .env('STOCKDB_LOG_LEVEL')
    .default('info')

export const logFormatOption = (): Option =>
  new Option(
    '--log-format <format>',
    'json: one object per line; pretty: for people; pretty on a terminal by default, else json',
  )
    .choices(logFormats)
    .env('STOCKDB_LOG_FORMAT')

export const tokensOption = (): Option =>
  new Option('--tokens <file>', 'token file; tokens.json in the data folder by default').env('STOCKDB_TOKENS')

export interface TokensOptions {
  readonly tokens?: string
  readonly data: string
}

/** The token file: the one given, else the one in the data folder. */
export function tokensFile({ tokens, data }: TokensOptions): string {
  return tokens ?? join(data, 'tokens.json')
}

export interface DatabaseOptions {
  readonly database?: string
  readonly data: string
}

/** The address to use: the one given, else the SQLite file in the data folder. */
export function databaseAddress({ database, data }: DatabaseOptions): string {
  return database ?? `sqlite:${join(data, 'stockdb.sqlite')}`
}

/** An address that is safe to show: without its password. */
export function withoutPassword(address: string): string {
  return address.replace(/^([a-z][\w+.-]*:\/\/[^:/?#@]*):.*@/is, '$1:***@')
}

/** Parses a whole number within bounds, for commander. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= min && value <= max) return value
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`)
  }
}

/** The name of a table with its database stays within 64 characters; the dot separates them. */
export function factorSchemaName(text: string): string {
  if (/^[\p{L}\p{Nd}_$-]{1,31}$/u.test(text)) return text
  throw new InvalidArgumentError('Expected the name of a database: 1 to 31 letters, digits, _, $ and -, as in factors.')
}
