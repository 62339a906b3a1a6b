import { instrumentFields } from '@stockdb/contract/wire'
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../../engine/dialect.ts'
import type { ReadQuery } from '../../engine/engine.ts'
import { plainCode, sameCode } from '../codes.ts'
import { columnOf, fieldOf, placeholderFor, role } from '../columns.ts'
import { bind, Placeholder, type QueryCache } from '../prepared-query.ts'
import type { InstrumentSearchRead } from '../read-types.ts'
import { compiled, limited, tableOf, untyped } from '../rows.ts'
import {
  bytes,
  fieldsRead,
  listed,
  nameColumns,
  of,
  readAs,
  type StockTables,
  tablesOf,
  withNames,
  witnesses,
} from './stocks.ts'

/** Reads the stocks that a text means. */
export function selectSearch(cache: QueryCache, read: InstrumentSearchRead): ReadQuery {
  const { text, asOf, limit } = read
  const tables = tablesOf(cache.catalogue, read)
  const prepared = cache.get(`instruments-search|${tables.names !== undefined}|${asOf !== undefined}`, (dialect) => {
    const { bareCode, pinyin } = tables
    const seen = witnesses(
      fieldsRead(
        tables,
        [bareCode, pinyin].filter((field) => field !== undefined),
      ),
    )
    // Without a date the names are those of today.
    const named = asOf === undefined ? { ...tables, names: undefined } : tables
    const stocks = asOf === undefined ? tableOf(dialect, tables.stocks) : listed(dialect, tables)
    const rows = withNames(stocks, dialect, named).select([
      sql`${plainCode(tables.stocks, fieldOf(tables.stocks, 'symbol'), role(tables.stocks, 'symbol'))}`.as('(code)'),
      own(tables, tables.bareCode).as('(bare code)'),
      own(tables, tables.pinyin).as('(pinyin)'),
      former(dialect, tables, asOf !== undefined).as('(former)'),
    ])
    const ranked = untyped(dialect.kysely.selectFrom(rows.as('i'))).select([
      ...['(code)', '(bare code)', '(pinyin)', '(former)'].map((name) => of(name).as(name)),
      ...nameColumns(dialect, named),
    ])
    const matches = untyped(dialect.kysely.selectFrom(ranked.as('i'))).select([
      ...['(code)', '(former)', 'name', 'name_source', 'is_st'].map((name) => of(name).as(name)),
      rankOf(dialect).as('(rank)'),
    ])
    const kind = sql`case ${sql.join(
      KINDS.map((kind, at) => sql`when ${of('(rank)')} in (${sql.join(ranksOf(at))}) then ${sql.lit(kind)}`),
      sql` `,
    )} end`
    const isFormer = sql`${of('(rank)')} in (${sql.join(ranksOf(FORMER))})`
    const found = untyped(dialect.kysely.selectFrom(matches.as('i')))
      .select([
        of('(code)').as('ts_code'),
        ...['name', 'name_source', 'is_st'].map((name) => of(name).as(name)),
        kind.as('match'),
        sql`case when ${isFormer} then ${of('(former)')} end`.as('former_name'),
        ...seen.map(({ select }) => select(dialect)),
      ])
      .where(of('(rank)'), 'is not', null)
      .orderBy(of('(rank)'))
      .orderBy(of('(code)'))
    return {
      ...compiled(limited(found, limit)),
      columns: [...readAs(instrumentFields.search), ...seen.map(({ column }) => column)],
    }
  })
  const lowered = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  return bind(prepared, { date: asOf, text, lowered, limit })
}

/** What the text can be found in, the first ones first; what it equals goes before what only begins with it. */
const KINDS = ['code', 'pinyin', 'name', 'former name'] as const
const FORMER = KINDS.indexOf('former name')
/** Of what is found in the middle of a name. */
const WITHIN = ['name', 'former name']

/** The ranks of a kind: equal, begins with the text, has it in the middle. */
function ranksOf(at: number): RawBuilder<unknown>[] {
  const within = WITHIN.indexOf(KINDS[at] as string)
  const ranks = [at, at + KINDS.length, ...(within < 0 ? [] : [2 * KINDS.length + within])]
  return ranks.map((rank) => sql.lit(rank))
}

/** The place of a row among those found, null where the text is in none of it. */
function rankOf(dialect: Dialect): RawBuilder<unknown> {
  const [text, lowered] = [new Placeholder('text'), new Placeholder('lowered')]
  const folded = (name: string) => bytes(dialect, sql`lower(${of(name)})`)
  const plain = (name: string) => bytes(dialect, of(name))
  const places: readonly (readonly [column: RawBuilder<unknown>, given: Placeholder])[][] = [
    [
      [folded('(code)'), lowered],
      [folded('(bare code)'), lowered],
    ],
    [[folded('(pinyin)'), lowered]],
    [[plain('name'), text]],
    [[plain('(former)'), text]],
  ]
  const equal = places.map((columns) => columns.map(([column, given]) => sql`${column} = ${given}`))
  const begins = places.map((columns) => columns.map(([column, given]) => beginsWith(column, given)))
  const within = [[isWithin(plain('name'), text)], [isWithin(plain('(former)'), text)]]
  const cases = [...equal, ...begins, ...within].map(
    (tests, rank) => sql`when ${sql.join(tests, sql` or `)} then ${sql.lit(rank)}`,
  )
  return sql`case ${sql.join(cases, sql` `)} end`
}

/** No LIKE: no character of the text is a wildcard, and SQLite's has no regard for case. */
const beginsWith = (column: RawBuilder<unknown>, given: Placeholder): RawBuilder<unknown> =>
  sql`instr(${column}, ${given}) = 1`

const isWithin = (column: RawBuilder<unknown>, given: Placeholder): RawBuilder<unknown> =>
  sql`instr(${column}, ${given}) > 0`

/** A field that a list of stocks may not have. */
const own = ({ stocks }: StockTables, name: string | undefined): RawBuilder<unknown> =>
  name === undefined ? sql`cast(null as char)` : columnOf(stocks, name)

/** The name borne before the bound `date`, or ever, that has the text in it; one that equals it first, one that begins with it, then the last. */
function former(dialect: Dialect, { stocks, names, nameThen }: StockTables, dated: boolean): RawBuilder<unknown> {
  if (!names) return sql`cast(null as char)`
  const { from } = names.pointInTime
  const name = columnOf(names, nameThen, 'n')
  const begun = columnOf(names, from, 'n')
  const borne = tableOf(dialect, names, 'n')
    .select(name.as('name'))
    .where(sameCode(dialect, role(names, 'symbol', 'n'), role(stocks, 'symbol'), names, stocks))
    .where(sql<boolean>`${isWithin(bytes(dialect, name), new Placeholder('text'))}`)
    .orderBy(
      sql`case when ${bytes(dialect, name)} = ${new Placeholder('text')} then 0 when ${beginsWith(bytes(dialect, name), new Placeholder('text'))} then 1 else 2 end`,
    )
    .orderBy(begun, 'desc')
    .orderBy(name)
    .limit(sql<number>`1`)
  return sql`${dated ? borne.where(begun, '<=', placeholderFor(names, from, 'date')) : borne}`
}
