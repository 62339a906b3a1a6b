import type { FieldPacket, PoolConnection, Query } from 'mysql2'
import type { ReadColumn, ReadQuery } from '../engine.ts'
import { notePrepared } from './prepared-statements.ts'
import { RowParser } from './row-parser.ts'

/** What mysql2's command for a prepared statement has, but does not declare. */
interface Command {
  buildParserFromFields(fields: readonly FieldPacket[]): new () => RowParser
}

/** The parser of the last answer with these columns: most answers to one template have the same types. */
const parsers = new WeakMap<readonly ReadColumn[], RowParser>()

/** Runs a prepared select whose rows come as arrays, each good until the next one. */
export function executeRead(connection: PoolConnection, { sql, parameters, columns }: ReadQuery): Query {
  notePrepared(connection, sql, columns.length)
  const command = connection.execute({ sql, values: parameters as never, rowsAsArray: true })
  ;(command as unknown as Command).buildParserFromFields = (fields) => {
    let parser = parsers.get(columns)
    if (!parser?.reads(fields)) {
      parser = new RowParser(fields, columns)
      parsers.set(columns, parser)
    }
    // What is called with `new` may give another object than its own: a class for each answer would be slow to run.
    const given = parser
    // biome-ignore lint/complexity/useArrowFunction: it is called with `new`.
    return function () {
      return given
    } as unknown as new () => RowParser
  }
  return command
}
