import { membersAmong } from '@stockdb/contract/internal'
import type { TableShape } from '../engine/table-shape.ts'

/** A table with one column per symbol. */
export interface WideTable {
  readonly pattern: string
  /** The field that its columns hold the values of. */
  readonly field: string
  readonly columns: ReadonlySet<string>
  readonly symbols: readonly string[]
}

/** The fewest columns that are taken for symbols, and how many of all columns. */
const FEWEST = 3
const MOST_OF = 0.6

const VALUES = /(?:^|_)(open|high|low|close|vwap|vol|volume|amount|turnover|ret|return|factor|pct_chg)(?:_|$)/i

/** Whether most columns of a table are named for a symbol, such as `000001.SZ`. */
export function wideTable(table: string, { columns }: TableShape): WideTable | undefined {
  const names = columns.map(({ name }) => name)
  const dataset = { name: table, description: '', fields: {}, key: [], wide: { pattern: '{symbol}', field: 'value' } }
  const members = membersAmong(dataset, names)
  if (members.length < FEWEST || members.length < names.length * MOST_OF) return undefined
  const [, field = 'value'] = VALUES.exec(table) ?? []
  return {
    pattern: '{symbol}',
    field: field.toLowerCase(),
    columns: new Set(members.flatMap(({ column }) => column ?? [])),
    symbols: members.flatMap(({ symbol }) => symbol ?? []),
  }
}
