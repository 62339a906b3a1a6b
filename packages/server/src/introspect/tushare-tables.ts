import { type Dataset, type Field, type SymbolFormat, tushare } from '@stockdb/contract'
import { readSymbolAs } from '@stockdb/contract/internal'
import type { FieldDraft } from './draft.ts'
import type { RoleFacts, Roles } from './roles.ts'

/** Tables that copy one of Tushare's by more than its name. */
const ENOUGH_OF_TABLE = 0.6
const ENOUGH_OF_DATASET = 0.4

/** Words in names of tables that distinguish Tushare's datasets with the same columns. */
const WORDS: Readonly<Record<string, RegExp>> = {
  weekly: /week|周/i,
  monthly: /month|月/i,
  index_daily: /index|idx|指数/i,
  fund_daily: /fund|etf|基金/i,
  fund_adj: /fund|etf|基金/i,
}

const plain = (name: string): string => name.trim().toLowerCase()

/**
 * Tushare's dataset that a table is a copy of, by the names of its columns: it has all fields of the key, and most of its
 * columns are the dataset's. Among datasets with the same fields the table's name decides, and without a word `daily`.
 */
function datasetLike(table: string, fields: readonly FieldDraft[]): Dataset | undefined {
  const columns = new Set(fields.map(({ column }) => plain(column)))
  const scored = Object.values(tushare as Readonly<Record<string, Dataset>>).flatMap((dataset) => {
    const names = Object.keys(dataset.fields)
    const needed = new Set([dataset.symbol, dataset.date].filter((name) => name !== undefined))
    if (![...needed, ...dataset.key.slice(0, 1)].every((name) => columns.has(name))) return []
    const shared = names.filter((name) => columns.has(name)).length
    const named = plain(table) === dataset.name
    const [ofTable, ofDataset] = [shared / columns.size, shared / names.length]
    if (!named && (shared < 3 || ofTable < ENOUGH_OF_TABLE || ofDataset < ENOUGH_OF_DATASET)) return []
    if (named && ofTable < ENOUGH_OF_TABLE / 2) return []
    const word = WORDS[dataset.name]
    const hint = named ? 2 : word === undefined ? 0.01 : word.test(table) ? 1 : -1
    return [{ dataset, score: ofTable + ofDataset + hint }]
  })
  return scored.toSorted((a, b) => b.score - a.score)[0]?.dataset
}

/** A table that is a copy of one of Tushare's: which, and its fields in Tushare's terms. */
export interface Copy {
  readonly dataset: Dataset
  readonly fields: readonly FieldDraft[]
}

/** The copy that a table is, if its symbol and its date can be read as such; `samples` are added under Tushare's names. */
export function copyOf(
  table: string,
  fields: readonly FieldDraft[],
  samples: Map<string, readonly unknown[]>,
): Copy | undefined {
  const dataset = datasetLike(table, fields)
  if (!dataset) return undefined
  const adapted = fields.map((field) => {
    const name = plain(field.column)
    const declared = Object.hasOwn(dataset.fields, name) ? dataset.fields[name] : undefined
    return declared ? fieldLike(field, declared, name, samples.get(field.name) ?? []) : field
  })
  const typeOf = (name: string | undefined) => adapted.find((field) => field.name === name)?.type
  if (dataset.symbol !== undefined && typeOf(dataset.symbol) !== 'symbol') return undefined
  if (dataset.date !== undefined && typeOf(dataset.date) !== dataset.fields[dataset.date]?.type) return undefined
  fields.forEach((field, at) => {
    samples.set((adapted[at] as FieldDraft).name, samples.get(field.name) ?? [])
  })
  return { dataset, fields: adapted }
}

/** The roles of Tushare's dataset; its key, unless the database has one of these fields. */
export function rolesLike(
  { key: known, symbol, date }: Dataset,
  fields: readonly FieldDraft[],
  { uniqueKey, keySource }: Pick<RoleFacts, 'uniqueKey' | 'keySource'>,
): Roles {
  const present = known.filter((name) => fields.some((field) => field.name === name))
  const own = uniqueKey.length > 0 && uniqueKey.every((name) => known.includes(name))
  return {
    ...(symbol === undefined ? {} : { symbol: { value: symbol } }),
    ...(date === undefined ? {} : { date: { value: date } }),
    key: own
      ? { value: uniqueKey }
      : {
          value: present,
          guess: `Tushare's key; the table's own is ${keySource ? uniqueKey.join(', ') : 'not declared'}`,
        },
  }
}

/**
 * A column as Tushare's field: its name, unit and description, in the form in which the table stores it. What the column
 * holds decides about its type where it is another one.
 */
function fieldLike(read: FieldDraft, declared: Field, name: string, sample: readonly unknown[]): FieldDraft {
  const symbolFormat = declared.type === 'symbol' ? codesIn(read, sample) : undefined
  const type = symbolFormat === undefined ? typeLike(read, declared, sample) : 'symbol'
  const { unit, description } = declared
  const empty = sample.every((value) => value === null || value === '')
  const isText = /char|text/i.test(read.columnType)
  const unread = empty && isText && read.dateFormat === undefined
  return {
    ...read,
    ...{ name, type, description, notes: type === read.type ? read.notes : [] },
    ...(unit === undefined ? {} : { unit }),
    ...(symbolFormat === undefined ? {} : { symbolFormat }),
    nullable: declared.nullable || sample.some((value) => value === null || value === ''),
    ...(unread && declared.type === 'date' ? { dateFormat: 'YYYYMMDD' as const } : {}),
    ...(unread && declared.type === 'float64' ? { numberFormat: 'text' as const } : {}),
  }
}

/** How codes without their exchange are stored, if all of them are such; Tushare's have one. */
function codesIn({ type, dateFormat }: FieldDraft, sample: readonly unknown[]): SymbolFormat | undefined {
  if (sample.length === 0 || dateFormat !== undefined) return undefined
  const format = type === 'text' ? 'code+exchange' : 'number+exchange'
  return sample.every((value) => readSymbolAs(format, value) !== undefined) ? format : undefined
}

function typeLike(read: FieldDraft, declared: Field, sample: readonly unknown[]): Field['type'] {
  const values = sample.filter((value) => value !== null && value !== '')
  const isNumber = ['float64', 'int32', 'int64', 'bool'].includes(read.type)
  if (declared.type === 'float64' && isNumber && read.type !== 'bool') return 'float64'
  if (values.length === 0 && ['text', 'float64'].includes(read.type) && declared.type !== 'datetime') {
    return ['int32', 'int64', 'bool'].includes(declared.type) ? read.type : declared.type
  }
  if (declared.type === 'symbol' && read.type === 'text') return 'symbol'
  // pandas makes doubles of flags that are missing somewhere.
  const isFlag = isNumber && values.every((value) => Number(value) === 0 || Number(value) === 1)
  return declared.type === 'int32' && read.type === 'float64' && isFlag ? 'bool' : read.type
}
