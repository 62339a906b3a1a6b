import type { Catalogue, Dataset } from '@stockdb/contract'
import type { CheckedScreen, HeldRoles } from '@stockdb/contract/internal'
import { rolesOf } from '@stockdb/contract/internal'
import { StockdbError } from '@stockdb/contract/wire'
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../../engine/dialect.ts'
import { aliasedTable } from '../aliased-table.ts'
import { whereHolds } from '../as-of/rules.ts'
import { isAmong, plainCode, sameCode } from '../codes.ts'
import { columnOf, datePlaceholder, declared, fieldOf, placeholderFor, role } from '../columns.ts'
import { type StockTables, stockTables } from '../instruments/stocks.ts'
import { Placeholder } from '../prepared-query.ts'
import { type Builder, untyped } from '../rows.ts'

/** The stocks that a screen considers, one row each. */
export interface Universe {
  readonly kind: 'index' | 'symbols' | 'listed'
  /** Its dataset; absent if codes are given. */
  readonly dataset?: Dataset | undefined
  /** The same, where its codes are compared as they are stored. */
  readonly stored?: Dataset | undefined
  /** The fields of the dataset that select its rows. */
  readonly fields: readonly string[]
  /** In words, for `meta`. */
  readonly rule: string
  /** Its rows, under an alias, before any column; the alias is `u` in a screen. */
  rows(dialect: Dialect, alias: string): Builder
  /** The code of a row. */
  code(alias: string): RawBuilder<unknown>
}

type Constituents = NonNullable<HeldRoles['constituents']>

/** The universe of a screen: the members of an index, the codes given, or the stocks that were listed. */
export function universeOf(
  catalogue: Catalogue,
  { index, symbols }: Pick<CheckedScreen, 'index' | 'symbols'>,
): Universe {
  if (index !== undefined) return members(constituents(catalogue), symbols !== undefined)
  if (symbols !== undefined) return given()
  const tables = stockTables(catalogue)
  if (tables) return listed(tables)
  throw new StockdbError(
    'INVALID_INPUT',
    'symbols: is missing; the catalogue has no list of stocks that says when they were listed (the role "stocks"); name symbols or an index',
  )
}

function constituents(catalogue: Catalogue): Constituents {
  const { constituents: held } = rolesOf(catalogue)
  if (held) return held
  throw new StockdbError(
    'INVALID_INPUT',
    'index: the catalogue has no constituents of indices (the role "constituents"); name symbols instead',
  )
}

function members({ dataset: weights, member }: Constituents, named: boolean): Universe {
  const code = (alias: string): RawBuilder<unknown> => plainCode(weights, member, columnOf(weights, member, alias))
  return {
    kind: 'index',
    dataset: weights,
    stored: weights.fields[member]?.symbolFormat === undefined ? weights : undefined,
    fields: [member],
    rule: `constituents of the index as published last on or before the date${named ? ', of the symbols named' : ''}`,
    code,
    rows: (dialect, alias) => {
      const all = dialect.kysely
        .selectFrom(aliasedTable(dialect, weights, alias))
        .where(
          sameCode(
            dialect,
            role(weights, 'symbol', alias),
            sql`${placeholderFor(weights, fieldOf(weights, 'symbol'), 'index')}`,
            weights,
          ),
        )
        .where(role(weights, 'date', alias), '=', datePlaceholder(weights, 'published'))
      return untyped(named ? all.where(isAmong(dialect, weights, code(alias), new Placeholder('codes'))) : all)
    },
  }
}

function given(): Universe {
  return {
    kind: 'symbols',
    fields: [],
    rule: 'the symbols named',
    code: (alias) => sql.id(alias, 'code'),
    rows: (dialect, alias) =>
      untyped(dialect.kysely.selectFrom(sql<never>`${codes(dialect)}`.as<string>(sql.id(alias)))),
  }
}

function listed({ stocks, listed: rule }: StockTables): Universe {
  return {
    kind: 'listed',
    dataset: stocks,
    stored: declared(stocks, fieldOf(stocks, 'symbol')).symbolFormat === undefined ? stocks : undefined,
    fields: [rule.from, rule.to],
    rule: 'stocks listed on the date',
    code: (alias) => plainCode(stocks, fieldOf(stocks, 'symbol'), role(stocks, 'symbol', alias)),
    rows: (dialect, alias) =>
      whereHolds(untyped(dialect.kysely.selectFrom(aliasedTable(dialect, stocks, alias))), {
        dialect,
        dataset: stocks,
        rule,
        table: alias,
      }),
  }
}

const codes = (dialect: Dialect): RawBuilder<unknown> => dialect.codes(new Placeholder('codes'))
