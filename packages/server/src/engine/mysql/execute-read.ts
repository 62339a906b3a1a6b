import type { FieldPacket, PoolConnection, Query } from 'mysql2'
import type { ReadColumn, ReadQuery } from '../engine.ts'
import { notePrepared } from './prepared-statements.ts'
import { RowParser } from './row-parser.ts'

/** Undeclared properties of mysql2's command for a prepared statement. */
interface Command {
  buildParserFromFields(fields: readonly FieldPacket[]): new () => RowParser
}

/** The last parser for these columns: most answers of one prepared query have the same types. */
const parsers = new WeakMap<readonly ReadColumn[], RowParser>()

/** Runs a prepared select with rows as arrays, each valid until the next one. */
export function executeRead(connection: PoolConnection, { sql, parameters, columns }: ReadQuery): Query {
  notePrepared(connection, sql, columns.length)
  const command = connection.execute({ sql, values: parameters as never, rowsAsArray: true })
  ;(command as unknown as Command).buildParserFromFields = (fields) => {
    let parser = parsers.get(columns)
    if (!parser?.reads(fields)) {
      parser = new RowParser(fields, columns)
      parsers.set(columns, parser)
    }
    // A constructor may return another object; a class per answer would be slow.
    const given = parser
    // biome-ignore lint/complexity/useArrowFunction: called with `new`.
    return function () {
      return given
    } as unknown as new () => RowParser
  }
  return command
}
