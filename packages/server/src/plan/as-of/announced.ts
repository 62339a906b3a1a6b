import type { Dataset } from '@stockdb/contract'
import { sql } from 'kysely'
import type { Dialect } from '../../engine/dialect.ts'
import type { ReadQuery } from '../../engine/engine.ts'
import { aliasedTable } from '../aliased-table.ts'
import { exactCode, sameCode } from '../codes.ts'
import { columnOf, readField, role } from '../columns.ts'
import { bind, Placeholder, type QueryCache, readColumns } from '../prepared-query.ts'
import {
  type Builder,
  type Columns,
  compiled,
  lengthShape,
  type Symbols,
  shapeOf,
  tableOf,
  untyped,
  whereSymbols,
} from '../rows.ts'
import { oldestBySeek } from './oldest-period.ts'
import { type AnnouncedRule, kept, lastAnnouncedFirst, whereAnnounced } from './rules.ts'

export interface AnnouncedRange {
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
  range: AnnouncedRange,
): ReadQuery {
  const { symbols, date, periods, sameDay, reportType } = range
  const { dataset, fields } = what
  const shape = [shapeOf(`announced${periods === 1 ? '-newest' : ''}`, what), lengthShape(symbols), sameDay].join('|')
  const prepared = cache.get(shape, (dialect) => {
    const columns = (rows: Builder): Builder =>
      untyped(
        rows.select([
          ...fields.map((field) => readField(dialect, dataset, field)),
          role(dataset, 'symbol').as('(symbol)'),
          columnOf(dataset, rule.period).as('(period)'),
        ]),
      )
    const among = (builder: Builder): Builder => whereSymbols(builder, dataset, symbols, dialect)
    const newest = newestPeriods(dialect, dataset, rule, { among, periods, sameDay, columns })
      .select(fields.map((field) => sql`${sql.id('v', field)}`.as(field)))
      .orderBy(sql`${sql.id('v', '(symbol)')}`)
      .orderBy(sql`${sql.id('v', '(period)')}`, 'desc')
      .orderBy(sql`${sql.id('v', '(version)')}`)
    return { ...compiled(newest), columns: readColumns(dataset, fields) }
  })
  return bind(prepared, { symbols, date, back: periods - 1, reportType: kept(dataset, rule.reportType, reportType) })
}

/** How the newest periods are chosen, and what is read of their rows. */
interface NewestPeriods extends Pick<AnnouncedRange, 'periods' | 'sameDay'> {
  /** Only the symbols asked for. */
  readonly among: (builder: Builder) => Builder
  /** Selects the columns wanted of the table `d`. */
  readonly columns: (rows: Builder) => Builder
}

/**
 * The rows, as `v`, of the newest periods that were known on the bound `date`: of each period the one announced last, or all
 * where announcements do not replace each other. `(version)` numbers those of a period from the last announced back.
 */
export function newestPeriods(dialect: Dialect, dataset: Dataset, rule: AnnouncedRule, which: NewestPeriods): Builder {
  const walks = !dialect.scans && dataset.managed !== false
  const chosen = (walks ? byIndex : inOnePass)(dialect, dataset, rule, which)
  return rule.supersedes === false ? chosen : lastVersions(chosen)
}

/** The first version of rows `v`. */
export const lastVersions = (versions: Builder): Builder => versions.where(sql`${sql.id('v', '(version)')}`, '=', 1)

/** Looks up each symbol's oldest period wanted by the index, and reads the rows from there on. */
function byIndex(dialect: Dialect, dataset: Dataset, rule: AnnouncedRule, which: NewestPeriods): Builder {
  const { among, periods, sameDay, columns } = which
  const known = (table: string, builder: Builder): Builder =>
    whereAnnounced(builder, { dialect, dataset, rule, table, sameDay })
  const codes = oldestBySeek(dialect, { dataset, rule, among, known, newest: periods === 1 })
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
  const version = sql`row_number() over (partition by ${exactCode(dialect, dataset)}, ${own} order by ${order})`
  const versions = columns(known('d', untyped(rows))).select(version.as('(version)'))
  return untyped(dialect.kysely.selectFrom(versions.as('v')))
}

/**
 * Ranks the rows in one pass, for databases without an index to walk, and for tables of others: they may have no index, and
 * MariaDB 10.11 joins what it has ranked to such a table row by row. Codes are compared by their bytes.
 */
function inOnePass(dialect: Dialect, dataset: Dataset, rule: AnnouncedRule, which: NewestPeriods): Builder {
  const { among, periods, sameDay, columns } = which
  const code = exactCode(dialect, dataset)
  const period = columnOf(dataset, rule.period)
  const order = lastAnnouncedFirst(dialect, { dataset, rule, table: 'd' })
  const rows = columns(
    whereAnnounced(among(tableOf(dialect, dataset)), { dialect, dataset, rule, table: 'd', sameDay }),
  )
  if (periods === 1 && rule.supersedes !== false) {
    // The last version of the newest period is the first row of a symbol: one sort is enough.
    const version = sql`row_number() over (partition by ${code} order by ${period} desc, ${order})`
    return untyped(dialect.kysely.selectFrom(rows.select(version.as('(version)')).as('v')))
  }
  const ranked = rows.select([
    sql`row_number() over (partition by ${code}, ${period} order by ${order})`.as('(version)'),
    sql`dense_rank() over (partition by ${code} order by ${period} desc)`.as('(rank)'),
  ])
  return untyped(dialect.kysely.selectFrom(ranked.as('v'))).where(
    sql<boolean>`${sql.id('v', '(rank)')} <= ${new Placeholder('back')} + 1`,
  )
}
