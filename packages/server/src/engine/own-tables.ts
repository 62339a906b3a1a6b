import { type Catalogue, type Dataset, date, datetime, defineDataset, int32, int64, text } from '@stockdb/contract'
import { isWritable, MAX_DEFINITION } from '@stockdb/contract/internal'

/** The longest list of symbols, as JSON, that a change names; beyond, it says how many there are. */
export const MAX_SYMBOLS_LENGTH = 8_000

/** Keys under which writes took effect, each with the outcome of its write. */
export const keysTable = defineDataset({
  name: 'stockdb_keys',
  description: 'Idempotency keys of writes',
  fields: {
    token: text.required('Name of the token', { length: 128 }),
    idempotency_key: text.required('Key that the caller chose', { length: 128 }),
    digest: text('SHA-256 of what was written, in hexadecimal', { length: 64 }),
    result: text('What the call answered, as JSON', { length: 2_000 }),
    written_at: int64('When, in milliseconds since 1970'),
  },
  key: ['token', 'idempotency_key'],
})

/**
 * A row with the number of the last write, whose lock puts the numbers into the order of commits; and one with how many
 * more commits of servers there were than writes. Together they are all commits of servers.
 */
export const sequenceTable = defineDataset({
  name: 'stockdb_sequence',
  description: 'Number of the last write',
  fields: { id: int32.required('1: writes; 2: commits beyond them'), last: int64('Number of the last one') },
  key: ['id'],
})

/** Every write: what it was about, its outcome, whose it was. */
export const changesTable = defineDataset({
  name: 'stockdb_changes',
  description: 'Writes, in the order of their commits',
  fields: {
    sequence: int64.required('Number of the write'),
    dataset: text.required('Dataset that was written', { length: 64 }),
    first_date: date('First date among the rows'),
    last_date: date('Last date among the rows'),
    symbols: text('Symbols of the rows as a JSON list; null for many', { length: MAX_SYMBOLS_LENGTH }),
    inserted: int64.required('Rows that were new'),
    changed: int64.required('Rows that got other values'),
    unchanged: int64.required('Rows that had these values'),
    deleted: int64.required('Rows that were deleted'),
    written_by: text.required('Token or command', { length: 128 }),
    written_at: datetime.required('When, in UTC'),
  },
  key: ['sequence'],
})

/** The factors that users defined: their tables hold the rows. */
export const factorsTable = defineDataset({
  name: 'stockdb_factors',
  description: 'Factors that users defined',
  fields: {
    name: text.required('Name of the factor', { length: 64 }),
    table_name: text('Its table', { length: 64 }),
    definition: text('What it declares, as JSON', { length: MAX_DEFINITION }),
    owner: text('Token that defined it', { length: 128 }),
    defined_at: datetime('When, in UTC'),
    sequence: int64('Number of the write that defined it'),
  },
  key: ['name'],
})

/** The tables in which stockdb keeps what writes need, besides those of the catalogue. */
export const ownTables: readonly Dataset[] = [keysTable, sequenceTable, changesTable]

/** A catalogue with stockdb's own tables, where any of its datasets can be written: what a migration makes. */
export function withOwnTables(catalogue: Catalogue): Catalogue {
  if (!Object.values(catalogue).some(isWritable)) return catalogue
  return { ...catalogue, ...Object.fromEntries([...ownTables, factorsTable].map((table) => [table.name, table])) }
}

/** Whether a table of the database is one of stockdb's own. */
export const isOwnTable = (name: string): boolean => [...ownTables, factorsTable].some((table) => table.name === name)
