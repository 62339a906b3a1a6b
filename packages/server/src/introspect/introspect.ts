import type { Notation } from '@stockdb/contract'
import { hasTime, wordsOf } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import type { TableMetadata } from 'kysely'
import type { Introspector } from '../engine/introspector.ts'
import { factorsTable, isOwnTable } from '../engine/own-tables.ts'
import type { TableShape } from '../engine/table-shape.ts'
import type { DatasetDraft, Draft, FieldDraft, LeftOut, TableLeftOut } from './draft.ts'
import { type Family, findFamilies, nameOfFamily, sharedColumns, unlikeTables } from './families.ts'
import { missingIndexes } from './missing-indexes.ts'
import { Names } from './names.ts'
import { guessRoles } from './roles.ts'
import { linkRules } from './rules-like.ts'
import { sampleTable, takesForSame } from './sample.ts'
import { type SplitSymbol, splitSymbol } from './split-symbol.ts'
import { copyOf, rolesLike } from './tushare-tables.ts'
import { splitBars } from './vnpy-bars.ts'
import { wideTable } from './wide-table.ts'

/**
 * Inspects the tables and views of a database and drafts a catalogue. Columns, keys and comments come from the
 * database. What it does not say (which column is the symbol, which the date, whether a text is a date) is guessed from
 * names and from at most 1,000 rows of each table. `wanted` lists tables by their database names, in which * stands for any characters; all by default.
 * Throws `INVALID_INPUT` for a table that does not exist.
 */
export async function introspect(database: Introspector, wanted?: readonly string[]): Promise<Draft> {
  const found = await database.kysely.introspection.getTables()
  const factors = found.some(({ name }) => name === factorsTable.name) ? await tablesOfFactors(database) : []
  // A factor is served by its definition; declared as a dataset too, it would have two names.
  const tables = found.filter(({ name }) => !isOwnTable(name) && (!factors.includes(name) || wanted?.includes(name)))
  const patterns = wanted?.map(patternOf) ?? []
  const isWanted = (name: string): boolean => wanted === undefined || patterns.some((pattern) => pattern.test(name))
  const missing = wanted?.filter((_, at) => !tables.some(({ name }) => patterns[at]?.test(name))) ?? []
  if (missing.length > 0) {
    const there = tables.map(({ name }) => name).join(', ')
    throw new StockdbError('INVALID_INPUT', `--tables: the database has no ${missing.join(', ')}; it has ${there}`)
  }
  const names = new Names('dataset')
  const datasets: DatasetDraft[] = []
  const leftOut: TableLeftOut[] = []
  const asked = tables.filter(({ name }) => isWanted(name))
  const families = new Map(findFamilies(asked).flatMap((family) => family.tables.map(({ name }) => [name, family])))
  const begun = new Set<Family>()
  for (const table of asked) {
    const family = families.get(table.name)
    if (family && begun.has(family)) continue
    if (family) begun.add(family)
    const drafted = await draftTable(database, table, names, family)
    if ('reason' in drafted) leftOut.push(drafted)
    else datasets.push(...(await splitBars(database, drafted, names)))
  }
  return { version: await database.version(), datasets: linkRules(datasets), leftOut }
}

async function tablesOfFactors({ kysely }: Introspector): Promise<readonly unknown[]> {
  const rows = await kysely
    .selectFrom(factorsTable.name)
    .select('table_name')
    .execute()
    .catch(() => [])
  return rows.map(({ table_name }) => table_name)
}

/** A name of tables, in which `*` stands for any characters. */
const patternOf = (name: string): RegExp =>
  new RegExp(
    `^${name
      .split('*')
      .map((part) => part.replaceAll(/[^\p{L}\p{Nd}]/gu, '\\$&'))
      .join('.*')}$`,
    's',
  )

async function draftTable(
  database: Introspector,
  { name: table, isView, columns: described }: TableMetadata,
  names: Names,
  family?: Family,
): Promise<DatasetDraft | TableLeftOut> {
  const shape = await database.describe(table).catch(() => undefined)
  if (!shape) return { table, reason: 'it cannot be inspected' }
  const warnings: string[] = []
  const wide = family ? undefined : wideTable(table, shape)
  const shared = family && sharedColumns(family.tables)
  const symbols = family?.symbols ?? wide?.symbols ?? []
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
    const isValue = wide?.columns.has(column) === true
    const sample = samples[index] ?? []
    if (shared && !shared.has(column)) {
      leftOut.push({ column, columnType: type, reason: 'not all of the tables have it' })
      return
    }
    if (isPandasIndex(column, type, sample, shape)) {
      leftOut.push({
        column,
        columnType: type,
        reason: "the index that pandas' to_sql writes; index=False leaves it out",
      })
      return
    }
    if (column === database.addedKey && shape.key.join() === column) {
      leftOut.push({ column, columnType: type, reason: 'the database adds it as a key to tables without one' })
      return
    }
    const read = database.readColumn(type, sample, column)
    if ('leftOut' in read) {
      leftOut.push({ column, columnType: type, reason: read.leftOut })
      return
    }
    // One field holds the values of all these columns.
    if (isValue && fields.some((field) => field.name === wide.field)) return
    const name = isValue ? wide.field : fieldNames.nameFor(column)
    byField.set(name, sample)
    const isDate = read.type === 'date' || read.type === 'datetime'
    const none = isDate && sample.some((value) => value === '' || value === 0n || /^0000-00-00/.test(String(value)))
    fields.push({
      ...read,
      name,
      column: isValue ? name : column,
      columnType: type,
      nullable: nullable || none,
      description: oneLine(comments.get(column)) || (isValue ? name : column),
      notes: none ? [...read.notes, 'empty or zero dates are read as null'] : read.notes,
    })
  })
  const named = symbols.length > 0 ? addSymbol(fields, byField, symbols) : undefined
  if (fields.length === 0) return { table, reason: 'none of its columns can be served' }
  const several = fields.some(({ column }) => LENGTH_OF_BAR.test(column))
  const own = several ? fields.map(withTime) : fields
  // Tushare's rules hold in mainland China.
  const like = family?.notation ? undefined : copyOf(family ? nameOfFamily(family.pattern) : table, own, byField)
  const declared = like?.fields ?? own
  const uniqueKey = withSymbol(await findKey(database, table, shape.key, declared), named)
  const guessed = guessRoles({ fields: declared, samples: byField, ...uniqueKey })
  const roles = like ? rolesLike(like.dataset, declared, uniqueKey) : guessed
  const { date } = roles
  // What names say tells rows apart, whatever the tables have.
  const key = named === undefined ? roles.key : { ...roles.key, value: [...new Set([named, ...roles.key.value])] }
  const symbol = named === undefined ? roles.symbol : { value: named }
  const split = like || named ? undefined : splitSymbol(declared, byField, symbol?.value)
  const scanned =
    symbol && date && !named && !split
      ? await whyScanned(database, table, shape, columnOf(declared, symbol.value))
      : undefined
  if (!isView) {
    const columns = [named ? undefined : symbol?.value, symbol && date?.value].map((field) =>
      field === undefined ? '' : columnOf(declared, field),
    )
    const shapes = family ? await shapesOf(database, family, shape) : new Map([[table, shape]])
    warnings.push(...missingIndexes(database, shapes, columns))
    if (family) warnings.push(...warningsOf(family))
  }
  return {
    name: names.nameFor((family ? nameOfFamily(family.pattern) : table) || like?.dataset.name || 'stocks'),
    table,
    ...(family ? { tables: tablesOf(family) } : {}),
    ...(wide ? { wide: { pattern: wide.pattern, field: wide.field } } : {}),
    isView,
    description: oneLine(comment) || like?.dataset.description || describedBy(table, isView, family),
    fields: declared.map((field) =>
      inRole(field, byField.get(field.name) ?? [], { symbol: symbol?.value, date: date?.value, split }, warnings),
    ),
    leftOut,
    // The symbol has the exchange in it.
    key: split ? { ...key, value: key.value.filter((name) => name !== split.field) } : key,
    ...(symbol ? { symbol } : {}),
    ...(date ? { date } : {}),
    ...(scanned === undefined ? {} : { scanned }),
    ...(like ? { like: like.dataset.name } : {}),
    warnings,
  }
}

const tablesOf = ({ pattern, notation, tables }: Family): NonNullable<DatasetDraft['tables']> => ({
  ...{ pattern, count: tables.length },
  ...(notation === undefined ? {} : { notation }),
})

const describedBy = (table: string, isView: boolean, family: Family | undefined): string =>
  family ? `Tables ${family.pattern}` : `${isView ? 'View' : 'Table'} ${oneLine(table)}`

/** Other names of the column of a security than Tushare's. */
const CODE_NAMES = /^(?:symbol|code|ticker|stock_code|股票代码|代码|证券代码)$/i

/** Adds the symbol that names say, or takes the field for it that the tables have of it too; its name. */
function addSymbol(fields: FieldDraft[], samples: Map<string, readonly unknown[]>, symbols: readonly string[]): string {
  const at = fields.findIndex(({ column }) => /^ts_code$/i.test(column) || CODE_NAMES.test(column))
  const name = fields[at]?.name ?? 'ts_code'
  const field: FieldDraft = {
    ...{ name, column: fields[at]?.column ?? name, columnType: 'text', type: 'symbol', nullable: false },
    ...{ description: 'Code', notes: [] },
  }
  fields.splice(Math.max(at, 0), at < 0 ? 0 : 1, field)
  samples.set(name, symbols)
  return name
}

/** A key of each table as a key of all of them. */
function withSymbol<Key extends { readonly uniqueKey: readonly string[] }>(key: Key, symbol: string | undefined): Key {
  if (symbol === undefined || key.uniqueKey.length === 0) return key
  return { ...key, uniqueKey: [...new Set([symbol, ...key.uniqueKey])] }
}

function warningsOf(family: Family): string[] {
  const unlike = unlikeTables(family)
  const [first] = family.tables
  const more = unlike.length > 3 ? `; and ${unlike.length - 3} more` : ''
  const [code] = family.symbols
  return [
    ...(unlike.length === 0 ? [] : [`tables that differ from ${first?.name}: ${unlike.slice(0, 3).join('; ')}${more}`]),
    ...(family.notation && code !== undefined
      ? [`codes are taken from the names of the tables, such as ${code}; no calendar or adjustment is guessed`]
      : []),
    ...(family.bare
      ? [`the names have no exchange: ${code} is by the first digits of stocks, which indexes and funds do not follow`]
      : []),
  ]
}

/** The columns and indexes of each table of a family. */
async function shapesOf(
  database: Introspector,
  { tables: [first, ...others] }: Family,
  shape: TableShape,
): Promise<ReadonlyMap<string, TableShape>> {
  const shapes = new Map(first ? [[first.name, shape]] : [])
  for (const { name } of others) {
    const one = await database.describe(name).catch(() => undefined)
    if (one) shapes.set(name, one)
  }
  return shapes
}

/** A column that tells bars of several lengths apart. */
const LENGTH_OF_BAR = /^(freq|frequency|interval|period|周期)$/i

/** A day that is stored with a time: where there may be bars of minutes too, other times may come. */
function withTime(field: FieldDraft): FieldDraft {
  const { type, dateFormat, ...rest } = field
  if (type !== 'date' || dateFormat === undefined || !hasTime(dateFormat)) return field
  return { ...rest, type: 'datetime', ...(dateFormat === 'DATETIME' ? {} : { dateFormat }), notes: [] }
}

/** Whether a column is the index of a DataFrame: numbers of rows, in none of the keys. */
function isPandasIndex(column: string, type: string, sample: readonly unknown[], { key, unique }: TableShape): boolean {
  if (!/^(index|level_0|Unnamed: 0)$/.test(column) || !/int/i.test(type)) return false
  return ![key, ...unique].some((columns) => columns.includes(column)) && sample.every((value) => Number(value) >= 0)
}

/** What {@link missingIndexes} says with the statement. */
export const NO_INDEX = 'no index begins with the symbol'

const columnOf = (fields: readonly FieldDraft[], name: string): string =>
  fields.find((field) => field.name === name)?.column ?? name

/** Why symbols cannot be looked up in an index of the table, if they cannot. */
async function whyScanned(
  database: Introspector,
  table: string,
  shape: TableShape,
  column: string,
): Promise<string | undefined> {
  // Such a database finds last rows in one pass anyway.
  if (database.dialect.scans) return undefined
  if (!shape.indexes.some(([first]) => first === column)) return NO_INDEX
  // One pass orders them by their bytes.
  if (shape.columns.some(({ name, type }) => name === column && /^enum\b/i.test(type)))
    return 'the database orders an ENUM by the positions of its values, not by their text'
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
  roles: { symbol: string | undefined; date: string | undefined; split: SplitSymbol | undefined },
  warnings: string[],
): FieldDraft {
  if (field.name !== roles.symbol && field.name !== roles.date) return field
  const nulls = sample.filter((value) => value === null).length
  if (nulls > 0) {
    warnings.push(
      `${field.name} is null in ${nulls} of ${sample.length} inspected rows: an answer with such a row fails`,
    )
  }
  const isSymbol = field.name === roles.symbol
  const form = isSymbol && field.type !== 'text' && field.type !== 'symbol' ? { symbolFormat: 'number' as const } : {}
  const guess = 'symbolFormat' in form ? ["guessed: 1 is 000001; 'number+exchange' reads it as 000001.SZ"] : []
  const split = isSymbol ? roles.split : undefined
  const both = split ? [`guessed: with ${split.exchange.column}, such as ${exampleOf(split.exchange.notation)}`] : []
  return {
    ...field,
    ...{ type: isSymbol ? 'symbol' : field.type, nullable: false },
    ...form,
    ...(split ? { exchange: split.exchange } : {}),
    notes: [...field.notes, ...guess, ...both],
  }
}

const exampleOf = (notation: Notation): string => `600519.SH for 600519 and ${wordsOf(notation).known[0]?.[0]}`

const oneLine = (text: string | undefined): string => (text ?? '').replaceAll(/\s+/g, ' ').trim()

const reasonOf = (error: unknown): string =>
  error instanceof Error && error.name === 'TimeoutError' ? 'it took too long' : 'the database refused'
