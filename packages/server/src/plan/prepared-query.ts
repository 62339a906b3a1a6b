import type { Catalogue, Dataset, ExchangeColumn, Field, FieldTypeName } from '@stockdb/contract'
import {
  columnName,
  hasMembers,
  type Member,
  memberDataset,
  splitSymbol,
  splitSymbolOf,
  tableName,
  writeDate,
  writeSymbolAs,
} from '@stockdb/contract/internal'
import { SizedCache } from '../bounds/sized-cache.ts'
import type { Dialect, MembersRead } from '../engine/dialect.ts'
import type { ColumnSource, ReadColumn, ReadQuery } from '../engine/engine.ts'
import { tableChanged } from '../engine/read-tables.ts'
import type { Merged, RepeatPlan } from '../engine/repeat-plan.ts'
import { nearestFloat } from '../engine/single-precision.ts'
import type { TableFacts } from './facts.ts'

/** The memory for compiled queries. A query has one shape per combination of fields, filters and list lengths. */
const CACHE_BYTES = 8 * 2 ** 20
/** The size of a column with its reader, or of a placeholder. */
const PART_BYTES = 300

/** Represents a value of the call in a query that is compiled once and bound at every call. */
export class Placeholder {
  readonly name: string
  /** The position in a list value. */
  readonly index: number | undefined
  /** How the column that the value is compared with stores dates or codes. */
  readonly stored: StoredForm | undefined
  /** Whether a list is bound as one value, its JSON. */
  readonly json: boolean
  /** Converts the stored form of the value before it is bound. */
  readonly edge: ((stored: string) => string) | undefined

  constructor(
    name: string,
    {
      index,
      stored,
      json = false,
      edge,
    }: {
      index?: number
      stored?: StoredForm | undefined
      json?: boolean
      edge?: ((stored: string) => string) | undefined
    } = {},
  ) {
    this.name = name
    this.index = index
    this.stored = stored
    this.json = json
    this.edge = edge
  }
}

/** How a column stores what values are compared with. */
export type StoredForm = Pick<Field, 'dateFormat' | 'symbolFormat'> & {
  /** The column of a symbol that is split over two. */
  readonly part?: { readonly is: 'code' | 'exchange'; readonly of: ExchangeColumn }
}

type Arguments = Readonly<Record<string, unknown>>

/** A compiled query whose parameters are placeholders. */
export interface PreparedQuery {
  readonly sql: string
  readonly parameters: readonly unknown[]
  readonly columns: readonly ReadColumn[]
  readonly tables?: readonly string[]
  readonly repeats?: RepeatPlan
  readonly enforced?: RepeatPlan
}

/** Puts the values of a call into a prepared query; a list shorter than its placeholders repeats its last value. */
export function bind(prepared: PreparedQuery, values: Arguments): ReadQuery {
  return {
    sql: prepared.sql,
    columns: prepared.columns,
    ...(prepared.repeats === undefined ? {} : { repeats: prepared.repeats }),
    ...(prepared.enforced === undefined ? {} : { enforced: prepared.enforced }),
    ...(prepared.tables === undefined ? {} : { tables: prepared.tables }),
    parameters: prepared.parameters.map((parameter) => {
      if (!(parameter instanceof Placeholder)) return parameter
      const { name, index, stored = {}, json, edge } = parameter
      const given = values[name]
      if (json) return JSON.stringify((given as readonly unknown[]).map((code) => inForm(stored, code)))
      const value = index === undefined ? given : (given as unknown[])[Math.min(index, (given as unknown[]).length - 1)]
      const written = inForm(stored, value)
      return edge && written !== null ? edge(String(written)) : written
    }),
  }
}

/** A value in the form in which a column stores it. */
function inForm({ dateFormat, symbolFormat, part }: StoredForm, value: unknown): unknown {
  if (value === null || value === undefined) return value
  if (part !== undefined) return splitSymbol(part.of, String(value))[part.is]
  if (dateFormat !== undefined) return writeDate(dateFormat, String(value))
  return symbolFormat === undefined ? value : writeSymbolAs(symbolFormat, String(value))
}

/** Placeholders for a list of `length` values: a power of two of them, so that few statements serve lists of any length. */
export function listPlaceholders(name: string, length: number, stored?: StoredForm): Placeholder[] {
  return Array.from({ length: paddedLength(length) }, (_, index) => new Placeholder(name, { index, stored }))
}

/** The number of placeholders for a list. */
export function paddedLength(length: number): number {
  return length <= 1 ? length : 2 ** Math.ceil(Math.log2(length))
}

const newCache = (): SizedCache<PreparedQuery> =>
  new SizedCache<PreparedQuery>(
    CACHE_BYTES,
    ({ sql, columns, parameters }) => sql.length + (columns.length + parameters.length) * PART_BYTES,
  )

type KnownOfColumns = Pick<TableFacts, 'singlesOf' | 'mixesCodes'> &
  Partial<Pick<TableFacts, 'membersOf' | 'membersVersion'>>

/** The tables to read of datasets with several, by name. */
type Chosen = ReadonlyMap<string, readonly Member[]>

/** Caches compiled queries by shape: building and compiling one takes longer than reading a few rows. */
export class QueryCache {
  readonly dialect: Dialect
  readonly catalogue: Catalogue
  readonly #facts: KnownOfColumns | undefined
  readonly #known: SizedCache<PreparedQuery>
  readonly #chosen: Chosen | undefined
  readonly #hasMembers: boolean

  constructor(
    dialect: Dialect,
    catalogue: Catalogue,
    facts?: KnownOfColumns,
    known = newCache(),
    chosen?: Chosen | undefined,
  ) {
    this.#hasMembers = Object.values(catalogue).some(hasMembers)
    this.dialect = this.#hasMembers ? { ...dialect, members: (dataset) => this.#membersRead(dataset) } : dialect
    this.catalogue = catalogue
    this.#facts = facts
    this.#known = known
    this.#chosen = chosen
  }

  /** The same cache for queries that read one row per key of some datasets. */
  merging(merged: Merged | undefined): QueryCache {
    if (merged === undefined) return this
    return new QueryCache({ ...this.dialect, merged }, this.catalogue, this.#facts, this.#known, this.#chosen)
  }

  /** The same cache for queries that read only some tables of datasets with several. */
  choosing(chosen: Chosen | undefined): QueryCache {
    if (chosen === undefined) return this
    return new QueryCache(this.dialect, this.catalogue, this.#facts, this.#known, chosen)
  }

  /** All tables of a dataset with several. */
  membersOf(dataset: Dataset): readonly Member[] {
    const members = this.#facts?.membersOf?.(dataset)
    if (!members) throw tableChanged([tableName(dataset)])
    return members
  }

  /** A dataset; if it has several tables, each of them that is read. */
  tablesOf(dataset: Dataset): readonly Dataset[] {
    if (!hasMembers(dataset)) return [dataset]
    const members = this.#chosen?.get(dataset.name) ?? this.membersOf(dataset)
    return [...new Map(members.map((member) => [member.table, memberDataset(dataset, member)])).values()]
  }

  #membersRead(dataset: Dataset): MembersRead {
    const chosen = this.#chosen?.get(dataset.name)
    if (!chosen) return { members: this.membersOf(dataset) }
    if (chosen.length > 0) return { members: chosen, chosen: true }
    return { members: this.membersOf(dataset).slice(0, 1), chosen: true, unread: true }
  }

  /** Distinguishes queries of one shape that read different tables. */
  #tablesKey(): string {
    if (!this.#hasMembers) return ''
    const chosen = [...(this.#chosen ?? [])].map(([name, members]) => {
      const all = this.#facts?.membersOf?.(this.catalogue[name] as Dataset) ?? []
      const which = members.length === all.length ? '*' : members.map((member) => all.indexOf(member)).join()
      return `|${name} ${which}`
    })
    return `|tables ${this.#facts?.membersVersion ?? 0}${chosen.join('')}`
  }

  /** The query, with the tables that its columns do not name. */
  #withTables(prepared: PreparedQuery): PreparedQuery {
    if (!this.#chosen) return prepared
    const tables = new Set([...this.#chosen.values()].flatMap((members) => members.map(({ table }) => table)))
    return { ...prepared, tables: [...(prepared.tables ?? []), ...tables] }
  }

  /**
   * Converts values for comparison with a field's column: a FLOAT stores 10.52 as the nearest float, and 64-bit integers are
   * text in a plan.
   */
  compared(dataset: Dataset, field: string, values: readonly unknown[]): readonly unknown[] {
    if (dataset.fields[field]?.type === 'int64')
      return values.map((value) => (typeof value === 'string' ? BigInt(value) : value))
    if (!this.#facts?.singlesOf(dataset)?.has(field)) return values
    return values.map((value) => (typeof value === 'number' ? nearestFloat(value) : value))
  }

  /** Whether a dataset needs a scan to distinguish its codes, because an index would treat some as equal. */
  scans(dataset: Dataset): boolean {
    return isScanned(dataset) || this.#facts?.mixesCodes(dataset) === true
  }

  get(shape: string, build: (dialect: Dialect) => PreparedQuery): PreparedQuery {
    const { merged } = this.dialect
    const tables = this.#tablesKey()
    const key = merged === undefined ? shape + tables : `${shape}${tables}|merged ${JSON.stringify([...merged])}`
    let prepared = this.#known.get(key)
    if (!prepared) {
      prepared = this.#withTables(build(this.dialect))
      this.#known.set(key, prepared)
    }
    return prepared
  }
}

/**
 * Whether no index leads from symbol to symbol: there is none that begins with it, or one in each of several tables, or one of its
 * code without the exchange.
 */
export const isScanned = (dataset: Dataset): boolean =>
  dataset.latest === 'scan' || hasMembers(dataset) || splitSymbolOf(dataset) !== undefined

/** The columns of a dataset as they are read. */
export const readColumns = (dataset: Dataset, names: readonly string[]): ReadColumn[] =>
  names.map((name) => readColumn(dataset, name))

/** A field's column as it is read, optionally under another name. */
function readColumn(dataset: Dataset, field: string, name = field): ReadColumn {
  const { type, nullable, ...declared } = dataset.fields[field] as Field
  return { name, type, nullable, ...formsOf(declared), source: sourceOf(dataset, field) }
}

/** What it takes to know of a field to read its values, besides its type. */
export const formsOf = ({ dateFormat, numberFormat, symbolFormat, exact }: Partial<Field>): StoredForms => ({
  ...(dateFormat === undefined ? {} : { dateFormat }),
  ...(numberFormat === undefined ? {} : { numberFormat }),
  ...(symbolFormat === undefined ? {} : { symbolFormat }),
  ...(exact ? { exact } : {}),
})

type StoredForms = Pick<Field, 'dateFormat' | 'numberFormat' | 'symbolFormat' | 'exact'>

/** Where a field's values come from. */
export const sourceOf = (dataset: Dataset, field: string): ColumnSource => ({
  table: tableName(dataset),
  column: columnName(dataset, field),
  ...(dataset.fields[field]?.exchange ? { exchange: dataset.fields[field].exchange } : {}),
  key: dataset.key.includes(field),
})

/** The greatest or least value of a field; null without rows. */
export const edgeColumn = (dataset: Dataset, field: string, name: string): ReadColumn => ({
  ...readColumn(dataset, field, name),
  nullable: true,
  source: { ...sourceOf(dataset, field), key: false },
})

export const column = (name: string, type: FieldTypeName): ReadColumn => ({ name, type, nullable: true })
