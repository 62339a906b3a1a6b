import type { FieldPacket, PoolConnection, Query } from 'mysql2'
import type { ReadQuery } from '../engine.ts'
import { RowParser } from './row-parser.ts'

/** What mysql2's command for a prepared statement has, but does not declare. */
interface Command {
  buildParserFromFields(fields: readonly FieldPacket[]): new () => RowParser
}

/** Runs a prepared select whose rows come as arrays, each good until the next one. */
export function executeRead(connection: PoolConnection, { sql, parameters, columns }: ReadQuery): Query {
  const command = connection.execute({ sql, values: parameters as never, rowsAsArray: true })
  ;(command as unknown as Command).buildParserFromFields = (fields) =>
    class extends RowParser {
      constructor() {
        super(fields, columns)
      }
    }
  return command
}
