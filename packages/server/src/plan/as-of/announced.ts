import type { Dataset } from '@stockdb/contract'
import { sql } from 'kysely'
import type { Dialect } from '../../engine/dialect.ts'
import type { ReadQuery } from '../../engine/engine.ts'
import { aliasedTable } from '../aliased-table.ts'
import { exactCode, sameCode } from '../codes.ts'
import { columnOf, readField, role } from '../columns.ts'
import { bind, type QueryCache, readColumns } from '../prepared-query.ts'
import {
  type Builder,
  type Columns,
  compiled,
  lengthShape,
  type Symbols,
  shapeOf,
  untyped,
  whereSymbols,
} from '../rows.ts'
import { oldestByRank, oldestBySeek } from './oldest-period.ts'
import { type AnnouncedRule, kept, lastAnnouncedFirst, whereAnnounced } from './rules.ts'

export interface AnnouncedBounds {
  readonly symbols?: Symbols
  readonly date: string
  /** How many periods of each symbol, counted back from the newest. */
  readonly periods: number
  /** Whether what was announced on the date itself counts. */
  readonly sameDay: boolean
  /** Absent where the dataset does not tell reports apart. */
  readonly reportType?: string | undefined
}

/**
 * The newest periods of each symbol that were known on a date, each in the version announced last by then: one row a
 * symbol and period, symbols ascending, the newest period first. Where announcements do not replace each other it is
 * all rows of a period, the one announced last first.
 */
export function selectAnnounced(
  cache: QueryCache,
  what: Columns,
  rule: AnnouncedRule,
  bounds: AnnouncedBounds,
): ReadQuery {
  const { symbols, date, periods, sameDay, reportType } = bounds
  const { dataset, fields } = what
  const shape = [shapeOf(`announced${periods === 1 ? '-newest' : ''}`, what), lengthShape(symbols), sameDay].join('|')
  const prepared = cache.get(shape, (dialect) => {
    const versions = announcedRows(dialect, dataset, rule, {
      among: (builder) => whereSymbols(builder, dataset, symbols, dialect),
      periods,
      sameDay,
    }).select([
      ...fields.map((field) => readField(dialect, dataset, field)),
      role(dataset, 'symbol').as('(symbol)'),
      columnOf(dataset, rule.period).as('(period)'),
    ])
    const newest = (rule.supersedes === false ? allVersions : lastVersions)(dialect, versions)
      .select(fields.map((field) => sql`${sql.id('v', field)}`.as(field)))
      .orderBy(sql`${sql.id('v', '(symbol)')}`)
      .orderBy(sql`${sql.id('v', '(period)')}`, 'desc')
      .orderBy(sql`${sql.id('v', '(version)')}`)
    return { ...compiled(newest), columns: readColumns(dataset, fields) }
  })
  return bind(prepared, { symbols, date, back: periods - 1, reportType: kept(dataset, rule.reportType, reportType) })
}

/** Of rows that {@link announcedRows} has made, the last version of each period; they are `v`. */
export const lastVersions = (dialect: Dialect, versions: Builder): Builder =>
  allVersions(dialect, versions).where(sql`${sql.id('v', '(version)')}`, '=', 1)

const allVersions = (dialect: Dialect, versions: Builder): Builder =>
  untyped(dialect.kysely.selectFrom(versions.as('v')))

/**
 * The rows of the newest periods that were known on the bound `date`, the table being `d`; `(version)` numbers those of
 * one period from the last announced back.
 */
export function announcedRows(
  dialect: Dialect,
  dataset: Dataset,
  rule: AnnouncedRule,
  { among, periods, sameDay }: Pick<AnnouncedBounds, 'periods' | 'sameDay'> & { among: (builder: Builder) => Builder },
): Builder {
  const known = (table: string, builder: Builder): Builder =>
    whereAnnounced(builder, { dialect, dataset, rule, table, sameDay })
  const oldest = dialect.scans || dataset.managed === false ? oldestByRank : oldestBySeek
  const codes = oldest(dialect, { dataset, rule, among, known, newest: periods === 1 })
  const from = sql.id('s', '(since)')
  const own = columnOf(dataset, rule.period)
  const rows = untyped(dialect.kysely.selectFrom(codes.as('s'))).innerJoin(
    aliasedTable(dialect, dataset, 'd'),
    (join) =>
      join
        .on(sameCode(dialect, role(dataset, 'symbol'), sql.id('s', '(code)'), dataset))
        // Without as many periods there is none to begin from: all of them are wanted.
        .on(periods === 1 ? sql<boolean>`${own} = ${from}` : sql<boolean>`(${from} is null or ${own} >= ${from})`),
  )
  const order = lastAnnouncedFirst(dialect, { dataset, rule, table: 'd' })
  return known('d', untyped(rows)).select(
    sql`row_number() over (partition by ${exactCode(dialect, dataset)}, ${own} order by ${order})`.as('(version)'),
  )
}
