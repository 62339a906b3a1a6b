import type { Dataset } from '@stockdb/contract'
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../../engine/dialect.ts'
import { aliasedTable } from '../aliased-table.ts'
import { lastVersions, newestPeriods } from '../as-of/announced.ts'
import { type IntervalRule, ruleFields, whereHolds } from '../as-of/rules.ts'
import { exactCode, groupedByCode, plainCode, sameCode } from '../codes.ts'
import { columnOf, datePlaceholder, declared, fieldOf, isPlain, role } from '../columns.ts'
import { type Builder, tableOf, untyped } from '../rows.ts'
import type { Part } from './parts.ts'
import type { Universe } from './universe.ts'

/** Joins a part to the rows of the universe, at most one row each; its columns are null if there is none. */
export function joinPart(
  rows: Builder,
  part: Part,
  { dialect, universe, sameDay, scans }: { dialect: Dialect; universe: Universe; sameDay: boolean; scans: boolean },
): Builder {
  const { dataset, taken, alias } = part
  const code = universe.code('u')
  const isStock = (own: RawBuilder<unknown>): RawBuilder<boolean> =>
    declared(dataset, fieldOf(dataset, 'symbol')).symbolFormat === undefined
      ? sameCode(dialect, own, code, dataset, universe.stored)
      : sql<boolean>`${plainCode(dataset, fieldOf(dataset, 'symbol'), own)} = ${code}`
  const ofStock = isStock(role(dataset, 'symbol', alias))
  switch (taken.by) {
    case 'code':
      return untyped(rows.leftJoin(aliasedTable(dialect, dataset, alias), (join) => join.on(ofStock)))
    case 'date':
      return untyped(
        rows.leftJoin(aliasedTable(dialect, dataset, alias), (join) =>
          join.on(ofStock).on(sql<boolean>`${role(dataset, 'date', alias)} = ${datePlaceholder(dataset, 'date')}`),
        ),
      )
    case 'day before':
      return untyped(
        rows.leftJoin(aliasedTable(dialect, dataset, alias), (join) =>
          join.on(ofStock).on(sql<boolean>`${role(dataset, 'date', alias)} = ${datePlaceholder(dataset, dayOf(part))}`),
        ),
      )
    case 'last date': {
      const last = `${alias}m`
      return untyped(
        rows
          .leftJoin(
            among(lastDates(dialect, dataset, taken.sign, scans), dialect, dataset, universe).as(last),
            (join) => join.on(isStock(sql.id(last, '(code)'))),
          )
          .leftJoin(aliasedTable(dialect, dataset, alias), (join) =>
            join
              .on(sameCode(dialect, role(dataset, 'symbol', alias), sql.id(last, '(code)'), dataset))
              .on(sql<boolean>`${role(dataset, 'date', alias)} = ${sql.id(last, '(date)')}`),
          ),
      )
    }
    case 'announcement': {
      const newest = newestPeriods(dialect, dataset, taken.rule, {
        among: (builder) => among(builder, dialect, dataset, universe),
        columns: (own) => withOwn(own, part),
        periods: 1,
        sameDay,
      })
      return joinFirst(rows, newest, part, isStock)
    }
    case 'interval': {
      const held = withOwn(holding(dialect, dataset, taken.rule), part)
      return joinFirst(rows, lastVersions(untyped(dialect.kysely.selectFrom(held.as('v')))), part, isStock)
    }
  }
}

/** A column of a part, regardless of how it was joined. */
export function partColumn({ dataset, taken, alias }: Part, field: string): RawBuilder<unknown> {
  return taken.by === 'announcement' || taken.by === 'interval' ? sql.id(alias, field) : columnOf(dataset, field, alias)
}

/** The fields that choose the row of a part: those of its rule and of the conditions. */
export function chosenBy({ dataset, taken, fields }: Part): string[] {
  const dated = taken.by === 'code' || dataset.date === undefined ? [] : [dataset.date]
  const used = [fieldOf(dataset, 'symbol'), ...dated, ...ruleFields(dataset), ...fields]
  return [...new Set(used)].filter((field) => isPlain(dataset, field))
}

/** Whether a part has a row. */
export const hasPart = ({ dataset, taken, alias }: Part): RawBuilder<boolean> =>
  taken.by === 'announcement' || taken.by === 'interval'
    ? sql`${sql.id(alias, '(code)')} is not null`
    : sql`${role(dataset, 'symbol', alias)} is not null`

/** The placeholder of a part's day, if it is looked up first. */
export const dayOf = ({ alias }: Pick<Part, 'alias'>): string => `day.${alias}`

/**
 * Each stock's last date, on or before the requested one or only before it: by a loose scan of the index, or by a pass over
 * the whole table if the index would treat two codes as equal.
 */
const lastDates = (dialect: Dialect, dataset: Dataset, sign: '<' | '<=', scans: boolean): Builder =>
  untyped(
    tableOf(dialect, dataset)
      .select([role(dataset, 'symbol').as('(code)'), sql`max(${role(dataset, 'date')})`.as('(date)')])
      .where(role(dataset, 'date'), sign, datePlaceholder(dataset, 'date'))
      .groupBy(scans ? groupedByCode(dialect, dataset) : role(dataset, 'symbol')),
  )

/** The rows valid on the date, ranked per stock: the one that began last comes first. */
function holding(dialect: Dialect, dataset: Dataset, rule: IntervalRule): Builder {
  const ties = [rule.from, ...dataset.key].map((field) => sql`${columnOf(dataset, field)} desc`)
  return untyped(
    whereHolds(tableOf(dialect, dataset), { dialect, dataset, rule, table: 'd' }).select(
      sql`row_number() over (partition by ${exactCode(dialect, dataset)} order by ${sql.join(ties)})`.as('(version)'),
    ),
  )
}

/** Keeps stocks of the universe, if that is a small part of all. */
function among(builder: Builder, dialect: Dialect, dataset: Dataset, universe: Universe): Builder {
  if (universe.kind === 'listed') return builder
  const codes = universe.rows(dialect, 'a').select(universe.code('a').as('(code)'))
  return untyped(builder.where(plainCode(dataset, fieldOf(dataset, 'symbol'), role(dataset, 'symbol')), 'in', codes))
}

/** Selects columns as they are stored, so that they can be compared as well as read. */
const withOwn = (rows: Builder, part: Part): Builder =>
  untyped(
    rows.select([
      role(part.dataset, 'symbol').as('(code)'),
      ...ownOf(part).map((field) => columnOf(part.dataset, field).as(field)),
    ]),
  )

const ownOf = (part: Part): string[] => [...new Set([...part.fields, ...chosenBy(part)])]

function joinFirst(
  rows: Builder,
  first: Builder,
  part: Part,
  isStock: (code: RawBuilder<unknown>) => RawBuilder<boolean>,
): Builder {
  const { alias } = part
  const one = first.select(['(code)', ...ownOf(part)].map((name) => sql`${sql.id('v', name)}`.as(name)))
  return untyped(rows.leftJoin(one.as(alias), (join) => join.on(isStock(sql.id(alias, '(code)')))))
}
