import { tushare } from '@stockdb/contract'
import { StockdbError } from '@stockdb/contract/wire'
import type { TableMetadata } from 'kysely'
import type { Introspector } from '../engine/introspector.ts'
import type { TableShape } from '../engine/table-shape.ts'
import type { DatasetDraft, Draft, FieldDraft, LeftOut, TableLeftOut } from './draft.ts'
import { Names } from './names.ts'
import { guessRoles } from './roles.ts'
import { sampleTable, takesForSame } from './sample.ts'

/**
 * Inspects the tables and views of a database and drafts a catalogue. Columns, keys and comments come from the
 * database. What it does not say (which column is the symbol, which the date, whether a text is a date) is guessed from
 * names and from at most 1,000 rows of each table. `wanted` lists tables by their database names; all by default.
 * Throws `INVALID_INPUT` for a table that does not exist.
 */
export async function introspect(database: Introspector, wanted?: readonly string[]): Promise<Draft> {
  const tables = await database.kysely.introspection.getTables()
  const missing = wanted?.filter((name) => !tables.some((table) => table.name === name)) ?? []
  if (missing.length > 0) {
    const there = tables.map(({ name }) => name).join(', ')
    throw new StockdbError('INVALID_INPUT', `--tables: the database has no ${missing.join(', ')}; it has ${there}`)
  }
  const names = new Names('dataset')
  const datasets: DatasetDraft[] = []
  const leftOut: TableLeftOut[] = []
  for (const table of tables) {
    if (wanted && !wanted.includes(table.name)) continue
    const drafted = await draftTable(database, table, names)
    if ('reason' in drafted) leftOut.push(drafted)
    else datasets.push(drafted)
  }
  return { version: await database.version(), datasets, leftOut }
}

async function draftTable(
  database: Introspector,
  { name: table, isView, columns: described }: TableMetadata,
  names: Names,
): Promise<DatasetDraft | TableLeftOut> {
  const shape = await database.describe(table).catch(() => undefined)
  if (!shape) return { table, reason: 'it cannot be inspected' }
  const warnings: string[] = []
  const samples = await sampleTable(database, table, shape.columns).catch((error: unknown) => {
    warnings.push(`cannot read its rows (${reasonOf(error)}): dates stored as text are not recognised`)
    return shape.columns.map((): readonly unknown[] => [])
  })
  const comment = await database.commentOn(table).catch(() => '')
  const comments = new Map(described.map(({ name, comment }) => [name, comment]))
  const fieldNames = new Names('field')
  const fields: FieldDraft[] = []
  const leftOut: LeftOut[] = []
  const byField = new Map<string, readonly unknown[]>()
  shape.columns.forEach(({ name: column, type, nullable }, index) => {
    const sample = samples[index] ?? []
    const read = database.readColumn(type, sample)
    if ('leftOut' in read) {
      leftOut.push({ column, columnType: type, reason: read.leftOut })
      return
    }
    const name = fieldNames.nameFor(column)
    byField.set(name, sample)
    const isDate = read.type === 'date' || read.type === 'datetime'
    const none = isDate && sample.some((value) => value === '' || value === 0n || /^0000-00-00/.test(String(value)))
    fields.push({
      ...read,
      name,
      column,
      columnType: type,
      nullable: nullable || none,
      description: oneLine(comments.get(column)) || knownField(table, column) || column,
      notes: none ? [...read.notes, 'empty or zero dates are read as null'] : read.notes,
    })
  })
  if (fields.length === 0) return { table, reason: 'none of its columns can be served' }
  const uniqueKey = await findKey(database, table, shape.key, fields)
  const { key, symbol, date } = guessRoles({ fields, samples: byField, ...uniqueKey })
  const scanned = symbol && date ? await whyScanned(database, table, shape, columnOf(fields, symbol.value)) : undefined
  return {
    name: names.nameFor(table),
    table,
    isView,
    description: oneLine(comment) || knownTable(table) || `${isView ? 'View' : 'Table'} ${oneLine(table)}`,
    fields: fields.map((field) =>
      inRole(field, byField.get(field.name) ?? [], { symbol: symbol?.value, date: date?.value }, warnings),
    ),
    leftOut,
    key,
    ...(symbol ? { symbol } : {}),
    ...(date ? { date } : {}),
    ...(scanned === undefined ? {} : { scanned }),
    warnings,
  }
}

const columnOf = (fields: readonly FieldDraft[], name: string): string =>
  fields.find((field) => field.name === name)?.column ?? name

/** Why symbols cannot be looked up in an index of the table, if they cannot. */
async function whyScanned(
  database: Introspector,
  table: string,
  shape: TableShape,
  column: string,
): Promise<string | undefined> {
  if (!shape.indexes.some(([first]) => first === column)) return 'no index begins with the symbol'
  const same = await takesForSame(database, table, column).catch(() => false)
  return same ? 'the collation of the column treats some different codes as equal' : undefined
}

/** The primary key, else a unique index, if all of its columns are served. */
async function findKey(
  database: Introspector,
  table: string,
  primary: readonly string[],
  fields: readonly FieldDraft[],
): Promise<{ uniqueKey: readonly string[]; keySource: 'primary key' | 'unique index' | undefined }> {
  const names = new Map(fields.map(({ name, column }) => [column, name]))
  const served = (columns: readonly string[]) => columns.length > 0 && columns.every((column) => names.has(column))
  const namesOf = (columns: readonly string[]) => columns.map((column) => names.get(column) as string)
  if (served(primary)) return { uniqueKey: namesOf(primary), keySource: 'primary key' }
  const unique = (await database.uniqueIndexes(table)).find(served)
  if (unique) return { uniqueKey: namesOf(unique), keySource: 'unique index' }
  return { uniqueKey: [], keySource: undefined }
}

/** A field with a role is never null, even if the database allows it; a code becomes a symbol. */
function inRole(
  field: FieldDraft,
  sample: readonly unknown[],
  roles: { symbol: string | undefined; date: string | undefined },
  warnings: string[],
): FieldDraft {
  if (field.name !== roles.symbol && field.name !== roles.date) return field
  const nulls = sample.filter((value) => value === null).length
  if (nulls > 0) {
    warnings.push(
      `${field.name} is null in ${nulls} of ${sample.length} inspected rows: an answer with such a row fails`,
    )
  }
  const type = field.name === roles.symbol ? 'symbol' : field.type
  const note = field.nullable ? ['the database allows null here; an answer with such a row fails'] : []
  return { ...field, type, nullable: false, notes: [...field.notes, ...note] }
}

/** Tables that copy Tushare's get Tushare's descriptions. */
const knownTable = (table: string): string | undefined =>
  Object.hasOwn(tushare, table) ? tushare[table as keyof typeof tushare].description : undefined

function knownField(table: string, column: string): string | undefined {
  const fields: Readonly<Record<string, { description: string }>> = Object.hasOwn(tushare, table)
    ? tushare[table as keyof typeof tushare].fields
    : {}
  return Object.hasOwn(fields, column) ? fields[column]?.description : undefined
}

const oneLine = (text: string | undefined): string => (text ?? '').replaceAll(/\s+/g, ' ').trim()

const reasonOf = (error: unknown): string =>
  error instanceof Error && error.name === 'TimeoutError' ? 'it took too long' : 'the database refused'
